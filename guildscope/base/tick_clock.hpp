#pragma once

#include <atomic>
#include <cstdint>

/// What FastClock reckons with: the processor's counter of ticks between two readings of the machine's clocks. Times
/// are nanoseconds.
namespace guildscope::ticks {

/// All three, read within so many ticks.
struct Reading {
  std::uint64_t ticks;
  std::uint64_t within;
  std::int64_t steady;
  std::int64_t wall;
};

/// How long a reading is good for.
inline constexpr std::int64_t kGoodFor = 10'000'000;

/// How long a tick is, to 100 millionths: learned from readings that are far enough apart for that, 10 ms as a rule,
/// and again every second. It is not known before the first two of them, nor after a counter that did not count as it
/// had.
///
/// Threads: any; one that comes while another one learns goes on with what is known.
class Rate {
 public:
  /// In nanoseconds, times 2^32; 0: not known.
  [[nodiscard]] std::uint64_t get() const noexcept { return rate_.load(std::memory_order_relaxed); }

  void Learn(const Reading& now) noexcept;

 private:
  std::atomic<std::uint64_t> rate_{0};
  std::atomic<bool> learning_{false};
  bool has_first_ = false;  // guarded by learning_, as what follows
  Reading first_{};
};

/// A thread's last reading, from which it reckons what the clocks would show now.
class Anchor {
 public:
  constexpr Anchor() noexcept = default;
  Anchor(const Reading& reading, std::uint64_t rate) noexcept;

  /// The steady clock's time. False when the reading is too old for that, or the counter ran backwards. So however
  /// wrong the counter is, what is reckoned is at most kGoodFor away from the reading.
  [[nodiscard]] bool SteadyAt(std::uint64_t ticks, std::int64_t& steady) const noexcept {
    const std::uint64_t passed = ticks - ticks_;
    steady = steady_ + static_cast<std::int64_t>(passed * rate_ >> 32);
    return passed < good_for_;
  }

  [[nodiscard]] std::int64_t steady() const noexcept { return steady_; }
  [[nodiscard]] std::int64_t wall_ahead() const noexcept { return wall_ahead_; }

 private:
  std::uint64_t ticks_ = 0;
  std::uint64_t good_for_ = 0;  ///< In ticks.
  std::uint64_t rate_ = 0;
  std::int64_t steady_ = -2 * kGoodFor;
  std::int64_t wall_ahead_ = 0;
};

}  // namespace guildscope::ticks
