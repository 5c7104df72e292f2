#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

namespace guildscope::exporting {

/// When to try a collector again that failed: after a random part of a time that doubles with each failure ("full
/// jitter"), so that processes that lost the same collector do not return together, or after the time that it asked
/// for.
///
/// Threads: one at a time.
class Circuit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Waits {
    std::chrono::milliseconds first{1'000};
    std::chrono::milliseconds longest{30'000};  ///< Not of a wait that the collector asked for.
  };

  explicit Circuit(Waits waits, std::minstd_rand::result_type seed = std::random_device{}())
      : waits_(waits), random_(seed) {}

  void Succeeded() noexcept {
    failures_ = 0;
    next_ = {};
  }

  void Failed(TimePoint now, std::optional<std::chrono::milliseconds> asked_for) {
    constexpr int kDoublings = 16;
    const auto longest = std::min(waits_.longest, waits_.first * (1 << std::min(failures_, kDoublings)));
    failures_ += 1;
    std::uniform_real_distribution<double> part(0.0, 1.0);
    // Not at once: a collector that refuses connections would be tried without end.
    const auto shortest = waits_.first / 10;
    const auto wait = std::max<std::chrono::nanoseconds>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(longest * part(random_)), shortest);
    next_ = now + (asked_for ? std::chrono::nanoseconds(*asked_for) : wait);
  }

  /// The last attempt failed.
  [[nodiscard]] bool is_open() const noexcept { return failures_ > 0; }
  [[nodiscard]] bool MayTry(TimePoint now) const noexcept { return now >= next_; }
  [[nodiscard]] TimePoint next_try() const noexcept { return next_; }

 private:
  const Waits waits_;
  std::minstd_rand random_;
  int failures_ = 0;
  TimePoint next_{};
};

}  // namespace guildscope::exporting
