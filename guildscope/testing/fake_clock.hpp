#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "guildscope/base/clock.hpp"

namespace guildscope::testing {

/// A clock that stands still until the test moves it. Both of its times move together.
///
/// Starts at 2024-01-01T00:00:00Z, and at a steady time of one day, so that "a while before now" is never negative.
/// Threads: any. Lifetime: must outlive whoever was given the reference.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point Now() const noexcept override {
    using std::chrono::system_clock;
    return system_clock::time_point(kStart) + std::chrono::duration_cast<system_clock::duration>(Elapsed());
  }

  [[nodiscard]] std::chrono::steady_clock::time_point SteadyNow() const noexcept override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(24)) + Elapsed();
  }

  /// Moves time on; a negative duration moves the clocks back (for a wall clock that was set back).
  void Advance(std::chrono::nanoseconds duration) noexcept {
    elapsed_.fetch_add(duration.count(), std::memory_order_acq_rel);
  }

  /// How far the clock has been moved since it was made.
  [[nodiscard]] std::chrono::nanoseconds Elapsed() const noexcept {
    return std::chrono::nanoseconds(elapsed_.load(std::memory_order_acquire));
  }

 private:
  static constexpr std::chrono::seconds kStart{1704067200};

  std::atomic<std::int64_t> elapsed_{0};
};

}  // namespace guildscope::testing
