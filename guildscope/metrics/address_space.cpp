#include "guildscope/metrics/address_space.hpp"

#include <sys/mman.h>

namespace guildscope::metrics::internal {

void* ReserveAddressSpace(std::size_t bytes) noexcept {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, /*fd=*/-1,
                      /*offset=*/0);
  if (memory == MAP_FAILED) return nullptr;
  // A huge page would make two megabytes of the first eight bytes.
  static_cast<void>(madvise(memory, bytes, MADV_NOHUGEPAGE));
  return memory;
}

void ReleaseAddressSpace(void* memory, std::size_t bytes) noexcept { static_cast<void>(munmap(memory, bytes)); }

}  // namespace guildscope::metrics::internal
