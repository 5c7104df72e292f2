#pragma once

#include <cstddef>
#include <new>

namespace guildscope::exporting {

/// Memory for what is made on one thread and freed on another, again and again: spans and log records on their way to
/// the exporting thread. Blocks of a few sizes come back in bundles, so that in the steady state nobody calls malloc;
/// a larger block is plain memory. For any other use, plain memory is simpler and no slower.
///
/// Cost: 2 ns; one queue operation each 32 blocks that another thread frees. A thread keeps at most 64 free blocks of a
/// size until it ends, all threads together about 10 MiB more. Under AddressSanitizer it is plain memory, so that what
/// is used after it was freed is found.
/// Threads: any, in every phase of the process. Throws std::bad_alloc.
[[nodiscard]] void* PoolAllocate(std::size_t bytes);

/// `bytes` as they were asked for.
void PoolFree(void* block, std::size_t bytes) noexcept;

/// The size of the block that PoolAllocate gives: what is more than asked for may be used.
[[nodiscard]] std::size_t PoolBlockSize(std::size_t bytes) noexcept;

/// The pool for std::allocate_shared and the like.
template <typename T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() noexcept = default;
  template <typename U>
  PoolAllocator(const PoolAllocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor): rebinding is implicit

  [[nodiscard]] T* allocate(std::size_t count) { return static_cast<T*>(PoolAllocate(count * sizeof(T))); }
  void deallocate(T* at, std::size_t count) noexcept { PoolFree(at, count * sizeof(T)); }

  template <typename U>
  bool operator==(const PoolAllocator<U>&) const noexcept {
    return true;
  }
};

}  // namespace guildscope::exporting
