#include "apps/media_standin/config.hpp"

#include "guildscope/config/schema.hpp"

namespace media_standin {

using guildscope::config::Environment;
using std::chrono::milliseconds;

Config LoadConfig(const std::string& path) {
  Config config;
  guildscope::config::Schema schema;
  schema.String("address", &config.address, "Where the server listens.")
      .Integer("port", &config.port, 0, 65'535, "Plain HTTP; 0: the kernel chooses.")
      .Integer("seed", &config.seed, 0, INT64_MAX, "The same seed makes the same catalogue.")
      .Integer("songs", &config.songs, 10, 5'000, "How many songs there are.")
      .Integer("playlists", &config.playlists, 1, 100, "How many playlists there are, on YouTube and on Spotify.")
      .Integer("albums", &config.albums, 1, 100, "How many albums there are.")
      .Secret("youtube_api_key", &config.youtube_api_key, "The only key of YouTube's that is accepted; empty: any.")
      .String("spotify_client_id", &config.spotify_client_id, "The only id of a client that is accepted; empty: any.")
      .Secret("spotify_client_secret", &config.spotify_client_secret,
              "The only secret of a client that is accepted; empty: any.")
      .Duration("token_lifetime", &config.token_lifetime, milliseconds(1), milliseconds(86'400'000),
                "How long a token of Spotify's is valid.");

  // Keys as short as `port` must not meet variables that mean something else.
  const Environment process = guildscope::config::ProcessEnvironment();
  schema.Load(path, [process](const std::string& name) { return process("MEDIA_STANDIN_" + name); });
  return config;
}

}  // namespace media_standin
