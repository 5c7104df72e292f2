#include "guildscope/export/biased_lock.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace guildscope::exporting {
namespace {

bool Membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0, 0) == 0; }

bool Register() noexcept { return Membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

}  // namespace

bool BiasedLock::MembarrierWorks() noexcept {
  static const bool works = Register() && Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  return works;
}

void BiasedLock::Revoke() noexcept {
  Phase owned = Phase::kOwned;
  phase_.compare_exchange_strong(owned, Phase::kRevoking);
  // It worked when the lock was made; a process that was forked since then may have to say again that it wants it.
  while (!Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) && Register()) {
  }
  while (busy_.load(std::memory_order_acquire)) std::this_thread::yield();
  phase_.store(Phase::kShared, std::memory_order_release);
}

}  // namespace guildscope::exporting
