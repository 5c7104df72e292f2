#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "apps/discord_standin/config.hpp"
#include "guildscope/base/clock.hpp"

namespace standin {

/// What the limiter says about one request, and what the X-RateLimit headers say about its bucket.
struct RateLimit {
  bool allowed = true;
  std::string scope = "user";  ///< Of a refusal: user, global or shared.
  std::size_t limit = 0;
  std::size_t remaining = 0;
  std::chrono::milliseconds reset_after{0};
  std::string bucket;  ///< Opaque, the same for one method and route.
};

/// Discord's rate limits: a bucket for each method, route and major parameter (channel, guild, webhook or interaction),
/// and one limit for all. A window starts with its first request.
///
/// Cost: a hash look-up. Threads: one. Lifetime: the clock must outlive it.
class RateLimiter {
 public:
  RateLimiter(const Config& config, const guildscope::Clock& clock);

  /// `major` is the value of the route's major parameter, `counts_globally` false for interaction endpoints.
  RateLimit Take(const std::string& method, const std::string& route, const std::string& major, bool counts_globally);

  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// The headers that Discord sends with an answer under this limit: also with a refusal.
  [[nodiscard]] Headers HeadersFor(const RateLimit& limit) const;

 private:
  struct Window {
    std::chrono::steady_clock::time_point start;
    std::size_t used = 0;
  };

  void ForgetEnded();

  const Config& config_;
  const guildscope::Clock& clock_;
  std::unordered_map<std::string, Window> windows_;
  Window global_;
};

}  // namespace standin
