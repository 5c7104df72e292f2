#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

namespace disruptor::music {

/// Where things are looked up, and with what. URLs without a slash at the end.
struct SearchOptions {
  std::string youtube_api_url = "https://youtube.googleapis.com";
  std::string youtube_api_key{};  ///< Secret. Empty: no search and no playlists; videos by their link still work.
  /// What yt-dlp gets for a video; `{id}` is its id.
  std::string youtube_watch_url = "https://www.youtube.com/watch?v={id}";

  /// Searches whose result is kept, and for how long: a key has 100 searches a day. 0: none.
  std::size_t search_cache_size = 1'000;
  std::chrono::milliseconds search_cache_time{24 * 3'600'000};
  /// After YouTube said that a quota is used up, it is not asked for again for so long.
  std::chrono::milliseconds quota_pause{600'000};

  std::string spotify_api_url = "https://api.spotify.com";
  std::string spotify_token_url = "https://accounts.spotify.com/api/token";
  std::string spotify_client_id{};      ///< With the secret, or Spotify's links are refused.
  std::string spotify_client_secret{};  ///< Secret.

  std::filesystem::path sounds_directory{};  ///< Empty: no sounds.
  std::size_t max_bundle = 100;              ///< Tracks of one playlist or album, 1 to 1,000; what is more is left out.
  bool allow_private_addresses = false;      ///< See ParseOptions.

  std::chrono::milliseconds attempt_timeout{10'000};  ///< Of one attempt of a request.
  std::chrono::milliseconds total_timeout{30'000};    ///< Of one request with its retries.
};

}  // namespace disruptor::music
