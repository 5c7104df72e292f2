#pragma once

#include <atomic>
#include <thread>

namespace guildscope::exporting {

/// A lock for sections of a few dozen nanoseconds that one thread nearly always has to itself: whoever finds it taken
/// lets others run and looks again. For longer sections, or where threads do meet, std::mutex is better.
///
/// Cost: one exchange and one store; a byte. Threads: any. Lifetime: of what it guards.
class SpinLock {
 public:
  SpinLock() noexcept = default;
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  class [[nodiscard]] Guard {
   public:
    explicit Guard(SpinLock& lock) noexcept : locked_(lock.locked_) {
      while (locked_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
    }
    ~Guard() { locked_.store(false, std::memory_order_release); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    std::atomic<bool>& locked_;
  };

 private:
  std::atomic<bool> locked_{false};
};

}  // namespace guildscope::exporting
