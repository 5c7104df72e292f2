#pragma once

#include <dpp/cluster.h>

#include <chrono>
#include <functional>

namespace disruptor {

/// Calls a function again and again on the thread of D++'s event loop, whose own timers know whole seconds only. A late
/// call is not made up for: the function looks at the clock.
///
/// Cost: while it runs, two system calls and a wake-up of the loop each period; else nothing.
/// Threads: Start and Stop any. Lifetime: make it before the cluster starts; destroy it after the cluster.
class LoopTicker {
 public:
  LoopTicker(dpp::cluster& bot, std::chrono::nanoseconds period, std::function<void()> tick);
  ~LoopTicker();
  LoopTicker(const LoopTicker&) = delete;
  LoopTicker& operator=(const LoopTicker&) = delete;

  /// Begins with the next period, if it does not run; a call may be under way when Stop returns.
  void Start();
  void Stop();

 private:
  void Set(std::chrono::nanoseconds period);

  const std::chrono::nanoseconds period_;
  const int timer_;
};

}  // namespace disruptor
