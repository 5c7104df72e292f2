#pragma once

#include <atomic>
#include <thread>

namespace guildscope::exporting {

/// A lock for what one thread nearly always has to itself: the one that made it takes it with a plain store. The first
/// other thread that wants it pays for that with a system call (`membarrier`), and from then on it is a common spin
/// lock for all. For sections of a few dozen nanoseconds; whoever finds it taken lets others run.
///
/// Cost: 1 ns to the thread that made it while nobody else came, 7 ns afterwards; 1 to 3 µs, once, to the first other
/// one. Where the kernel has no membarrier it is the common lock from the start.
/// Threads: any. Lifetime: of what it guards.
class BiasedLock {
 public:
  BiasedLock() noexcept : owner_(Me()), phase_(MembarrierWorks() ? Phase::kOwned : Phase::kShared) {}
  BiasedLock(const BiasedLock&) = delete;
  BiasedLock& operator=(const BiasedLock&) = delete;

  class [[nodiscard]] Guard {
   public:
    explicit Guard(BiasedLock& lock) noexcept : lock_(lock), owned_(lock.TakeOwned()) {
      if (!owned_) lock_.TakeShared();
    }
    ~Guard() { (owned_ ? lock_.busy_ : lock_.locked_).store(false, std::memory_order_release); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    BiasedLock& lock_;
    const bool owned_;
  };

 private:
  enum class Phase : unsigned char {
    kOwned,     ///< Only the owner has ever taken it.
    kRevoking,  ///< Another thread waits for the owner to notice.
    kShared,
  };

  static const void* Me() noexcept {
    constinit static thread_local char here = 0;
    return &here;
  }
  [[nodiscard]] static bool MembarrierWorks() noexcept;
  void Revoke() noexcept;

  // The store and the load must not change places, which no instruction here keeps the processor from. Revoke's
  // barrier, which runs on every processor that runs one of our threads, does: either the owner sees the new phase, or
  // Revoke sees that the owner is busy.
  bool TakeOwned() noexcept {
    if (owner_ != Me()) return false;
    busy_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (phase_.load(std::memory_order_acquire) == Phase::kOwned) return true;
    busy_.store(false, std::memory_order_release);
    return false;
  }

  void TakeShared() noexcept {
    if (owner_ != Me() && phase_.load(std::memory_order_acquire) != Phase::kShared) Revoke();
    while (locked_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  }

  const void* const owner_;
  std::atomic<Phase> phase_;
  std::atomic<bool> busy_{false};    ///< The owner is inside, as the owner.
  std::atomic<bool> locked_{false};  ///< Somebody is inside, as everybody else.
};

}  // namespace guildscope::exporting
