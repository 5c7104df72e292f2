#include "apps/discord_standin/rate_limiter.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace standin {
namespace {

using std::chrono::ceil;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr milliseconds kGlobalWindow{1'000};
// Interaction tokens make a bucket each; beyond this many, those whose window has ended are forgotten.
constexpr std::size_t kManyWindows = 4'096;

/// FNV-1a: the same name for the same bucket on every machine.
std::string BucketName(const std::string& method, const std::string& route) {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  for (const char c : method + route) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

std::string Seconds(milliseconds duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(duration.count()) / 1000.0);
  return text.data();
}

}  // namespace

RateLimiter::RateLimiter(const Config& config, const guildscope::Clock& clock) : config_(config), clock_(clock) {}

void RateLimiter::ForgetEnded() {
  const auto now = clock_.SteadyNow();
  std::erase_if(windows_, [&](const auto& entry) { return now - entry.second.start >= config_.bucket_window; });
}

RateLimit RateLimiter::Take(const std::string& method, const std::string& route, const std::string& major,
                            bool counts_globally) {
  const auto now = clock_.SteadyNow();
  RateLimit result;
  if (counts_globally) {
    if (now - global_.start >= kGlobalWindow) global_ = {now, 0};
    if (global_.used >= config_.global_per_second) {
      result.allowed = false;
      result.scope = "global";
      result.reset_after = ceil<milliseconds>(global_.start + kGlobalWindow - now);
      return result;
    }
  }

  if (windows_.size() > kManyWindows) ForgetEnded();
  result.bucket = BucketName(method, route);
  Window& window = windows_[result.bucket + major];
  if (now - window.start >= config_.bucket_window) window = {now, 0};
  result.limit = config_.bucket_limit;
  result.reset_after = ceil<milliseconds>(window.start + config_.bucket_window - now);
  result.allowed = window.used < config_.bucket_limit;
  if (result.allowed) {
    ++window.used;
    if (counts_globally) ++global_.used;
  }
  result.remaining = config_.bucket_limit - window.used;
  return result;
}

RateLimiter::Headers RateLimiter::HeadersFor(const RateLimit& limit) const {
  Headers headers;
  if (!limit.bucket.empty()) {
    const auto reset = duration_cast<milliseconds>(clock_.Now().time_since_epoch()) + limit.reset_after;
    headers = {{"X-RateLimit-Limit", std::to_string(limit.limit)},
               {"X-RateLimit-Remaining", std::to_string(limit.remaining)},
               {"X-RateLimit-Reset", Seconds(reset)},
               {"X-RateLimit-Reset-After", Seconds(limit.reset_after)},
               {"X-RateLimit-Bucket", limit.bucket}};
  }
  if (limit.allowed) return headers;
  headers.emplace_back("Retry-After", std::to_string(ceil<std::chrono::seconds>(limit.reset_after).count()));
  headers.emplace_back("X-RateLimit-Scope", limit.scope);
  if (limit.scope == "global") headers.emplace_back("X-RateLimit-Global", "true");
  return headers;
}

}  // namespace standin
