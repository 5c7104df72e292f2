#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "apps/disruptor/music/search/api.hpp"
#include "apps/disruptor/music/search/search_options.hpp"
#include "apps/disruptor/music/search/spotify_token.hpp"

namespace disruptor::music {

/// Spotify's Web API (developer.spotify.com/documentation/web-api) says what its tracks are called; each becomes a
/// search for `artist title`, for Spotify itself plays nothing for bots.
///
/// What it answers is held to be anything; its `next` links are not followed, since the token would go along.
///
/// Threads: any. Lifetime: what the Api and the options are of must outlive it, and so must the clock.
class Spotify {
 public:
  Spotify(Api api, const SearchOptions& options, const guildscope::Clock& clock, guildscope::logging::Logger logger);

  /// Throw MediaError.
  [[nodiscard]] Found Track(const std::string& id, const std::stop_token& stop);
  [[nodiscard]] Found Album(const std::string& id, const std::stop_token& stop);
  [[nodiscard]] Found Playlist(const std::string& id, const std::stop_token& stop);

 private:
  using ReadItem = std::function<std::optional<Found::Item>(const Json&)>;

  void Check(const std::string& id) const;
  /// `path` behind `/v1/`, its id written as `{id}`.
  [[nodiscard]] Json Get(const std::string& path, const std::string& id, const std::string& parameters,
                         const std::stop_token& stop);
  /// False when Spotify shows none under this key, `item` or `track`.
  bool TryEntries(Found& found, const std::string& key, const std::string& id, const std::stop_token& stop);
  void AddPages(Found& found, const std::string& path, const std::string& id, const std::string& more_parameters,
                const ReadItem& read, const std::stop_token& stop);

  const Api api_;
  const SearchOptions& options_;
  const guildscope::logging::Logger logger_;
  SpotifyToken token_;
};

}  // namespace disruptor::music
