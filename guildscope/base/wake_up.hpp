#pragma once

#include <atomic>
#include <chrono>

namespace guildscope {

/// Wakes one waiting thread. Notify never blocks and is never lost: one that comes before the wait ends the next wait.
///
/// Cost: Notify is a load while the thread is awake or was woken already, else one write to an eventfd.
/// Threads: Notify from any, Wait from one.
class WakeUp {
 public:
  /// Throws std::system_error when the process has no file descriptor left.
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void Notify() noexcept;

  /// Until a Notify, or for this long. A negative duration does not wait.
  void Wait(std::chrono::nanoseconds limit) noexcept;

 private:
  const int descriptor_;
  std::atomic<bool> notified_{false};
};

}  // namespace guildscope
