#pragma once

#include <algorithm>
#include <chrono>

namespace disruptor {

/// Spreads what is sent over time: a burst at once, and after that one every `period`.
///
/// Threads: one at a time. Lifetime: a value.
class SendBudget {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  SendBudget(int burst, std::chrono::milliseconds period) noexcept
      : tolerance_(period * (burst - 1)), period_(period) {}

  /// Takes one, and says how long to wait before it may be sent.
  [[nodiscard]] std::chrono::nanoseconds Take(TimePoint now) noexcept {
    // The time at which the next would be due if all came evenly; being ahead of it by the tolerance is a burst.
    due_ = std::max(due_, now);
    const auto wait = std::max<std::chrono::nanoseconds>(due_ - tolerance_ - now, std::chrono::nanoseconds(0));
    due_ += period_;
    return wait;
  }

 private:
  std::chrono::nanoseconds tolerance_;
  std::chrono::nanoseconds period_;
  TimePoint due_{};
};

}  // namespace disruptor
