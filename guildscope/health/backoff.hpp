#pragma once

#include <algorithm>
#include <chrono>

namespace guildscope::health {

struct BackoffOptions {
  std::chrono::milliseconds first{1'000};
  std::chrono::milliseconds most{30'000};
};

/// How long to wait after each error in a row: the first wait, doubling up to the longest, from the start again after a
/// success. Threads: one.
class Backoff {
 public:
  explicit Backoff(BackoffOptions options = {}) noexcept : options_(options), next_(options.first) {}

  /// The wait for the error that just happened.
  [[nodiscard]] std::chrono::milliseconds Next() noexcept {
    const auto wait = next_;
    next_ = std::min(next_ * 2, options_.most);
    return wait;
  }

  void Reset() noexcept { next_ = options_.first; }

 private:
  BackoffOptions options_;
  std::chrono::milliseconds next_;
};

}  // namespace guildscope::health
