#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "apps/disruptor/music/search/api.hpp"
#include "apps/disruptor/music/search/search_options.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/logging/logger.hpp"

namespace disruptor::music {

/// `Basic …` of RFC 7617.
[[nodiscard]] std::string BasicAuthorization(const std::string& user, const std::string& password);

/// The access token of Spotify's client credentials flow (RFC 6749, section 4.4): asked for when it is needed, kept
/// until shortly before it ends. However many need it, one of them asks, and the others wait for what it gets.
///
/// Threads: any. Lifetime: what the Api and the options are of must outlive it, and so must the clock.
class SpotifyToken {
 public:
  SpotifyToken(const Api& api, const SearchOptions& options, const guildscope::Clock& clock,
               guildscope::logging::Logger logger);

  /// One that is valid, as far as is known, and not `rejected`. Throws MediaError.
  [[nodiscard]] std::string Get(const std::string& rejected, const std::stop_token& stop);

 private:
  struct Token {
    std::string text;
    std::chrono::steady_clock::time_point end;
  };
  [[nodiscard]] Token Fetch(const std::stop_token& stop) const;

  const Api& api_;
  const SearchOptions& options_;
  const guildscope::Clock& clock_;
  const guildscope::logging::Logger logger_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  Token token_;                             // guarded by mutex_
  bool fetching_ = false;                   // guarded by mutex_
  std::uint64_t failures_ = 0;              // guarded by mutex_
  std::optional<MediaError> last_failure_;  // guarded by mutex_
};

}  // namespace disruptor::music
