#pragma once

#include <chrono>

namespace guildscope {

/// Where time comes from. Everything that waits, times or dates takes a Clock&, so that tests decide what time it is.
///
/// Threads: any. Lifetime: must outlive whoever was given the reference.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Wall-clock time, for timestamps that leave the process.
  [[nodiscard]] virtual std::chrono::system_clock::time_point Now() const noexcept = 0;

  /// Monotonic time, for durations and deadlines.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point SteadyNow() const noexcept = 0;
};

/// The machine's clocks. Cost: about 24 ns a reading. Lives as long as the process.
[[nodiscard]] const Clock& RealClock() noexcept;

}  // namespace guildscope
