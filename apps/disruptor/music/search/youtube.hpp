#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "apps/disruptor/music/search/api.hpp"
#include "apps/disruptor/music/search/search_cache.hpp"
#include "apps/disruptor/music/search/search_options.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/logging/logger.hpp"

namespace disruptor::music {

/// YouTube's Data API, version 3 (developers.google.com/youtube/v3/docs): `search.list`, which a key may use 100 times
/// a day unless it was granted more, and `videos.list`, `playlists.list` and `playlistItems.list`, which have a quota
/// of 10,000.
///
/// What it answers is held to be anything. Broadcasts that run are left out or refused. What words led to is kept for a
/// while (SearchCache), and a quota that is used up is left alone for a while.
///
/// Threads: any. Lifetime: what the Api and the options are of must outlive it, and so must the clock.
class YouTube {
 public:
  YouTube(Api api, const SearchOptions& options, const guildscope::Clock& clock, guildscope::logging::Logger logger);

  /// The first one that can be played. Throws MediaError, as do the others.
  [[nodiscard]] Found Search(const std::string& words, const std::stop_token& stop);
  /// Without a key: what the id alone says.
  [[nodiscard]] Found Video(const std::string& id, const std::stop_token& stop);
  [[nodiscard]] Found Playlist(const std::string& id, const std::stop_token& stop);

 private:
  struct Details {
    Track track;
    std::string problem;  ///< Why it cannot be played; empty: it can.
    MediaError::Type type = MediaError::Type::kBadMedia;
  };

  [[nodiscard]] Json Get(const std::string& method, const std::string& parameters, const std::stop_token& stop);
  [[noreturn]] void ThrowError(const std::string& method, const guildscope::curl::HttpResponse& response);
  [[noreturn]] static void ThrowQuotaUsedUp();
  void RequireKey(const std::string& what) const;
  [[nodiscard]] std::vector<std::string> IdsOfPlaylist(const std::string& id, const std::stop_token& stop);
  /// Of those that exist.
  [[nodiscard]] std::map<std::string, Details> Look(const std::vector<std::string>& ids, const std::stop_token& stop);
  [[nodiscard]] Details ReadDetails(const std::string& id, const Json& item) const;
  [[nodiscard]] Track TrackOf(const std::string& id) const;

  const Api api_;
  const SearchOptions& options_;
  const guildscope::Clock& clock_;
  const guildscope::logging::Logger logger_;
  SearchCache cache_;
  using TimePoint = std::chrono::steady_clock::time_point;
  [[nodiscard]] std::atomic<TimePoint>& PausedUntil(const std::string& method) noexcept {
    return method == "search" ? searches_paused_until_ : others_paused_until_;
  }
  std::atomic<TimePoint> searches_paused_until_{};
  std::atomic<TimePoint> others_paused_until_{};
};

}  // namespace disruptor::music
