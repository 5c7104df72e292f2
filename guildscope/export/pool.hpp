#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace guildscope::exporting {

/// What a thread has of the pool, here so that the compiler sees into it: 8 instructions in place of 35, where the size
/// is known.
namespace pool {

inline constexpr std::size_t kBundle = 32;

/// Free blocks; the last is the next one to be taken. Not chained through the blocks themselves, so that who frees one
/// does not write to it, and who takes one knows which ones come after it.
struct Bundle {
  std::size_t count = 0;
  std::array<void*, kBundle> blocks{};
};

// No powers of two: the same field of many blocks would compete for the same few lines of a cache.
inline constexpr std::array<std::size_t, 4> kBlockSizes{320, 960, 4'032, 16'320};

/// A thread's own blocks: the bundle in use, and a full or an empty one beside it, so that a thread that takes and
/// frees by turns at a bundle's edge does not run to the exchange each time.
struct Pair {
  Bundle used;
  Bundle other;
};

struct Local {
  std::array<Pair, kBlockSizes.size()> pairs;
  std::size_t most;  ///< That `used` may hold: none before the thread is known, so that it is when it first keeps one.
};
inline constinit thread_local Local local{};

/// kBlockSizes.size(): plain memory.
[[nodiscard]] constexpr std::size_t ClassOf(std::size_t bytes) noexcept {
#ifdef __SANITIZE_ADDRESS__
  (void)bytes;
  return kBlockSizes.size();
#else
  return bytes <= kBlockSizes[0]   ? 0
         : bytes <= kBlockSizes[1] ? 1
         : bytes <= kBlockSizes[2] ? 2
         : bytes <= kBlockSizes[3] ? 3
                                   : 4;
#endif
}

[[nodiscard]] void* Refill(std::size_t size_class);
/// False when the thread is about to end, and keeps nothing any more.
[[nodiscard]] bool MakeRoom(std::size_t size_class) noexcept;

/// A block comes from another processor's cache as a rule, which takes as long as a few records: so many are between
/// its being fetched, for writing and as much of it as most of them fill, and its use. Where both threads run at once a
/// log record takes 92 ns like that; one ahead, as a chain of blocks allowed, it took 118, and two or eight ahead 93.
inline constexpr std::size_t kAhead = 4;
inline void Fetch(const void* block, std::size_t bytes) noexcept {
#ifdef __x86_64__
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kMost = 5 * kLine;
  for (std::size_t at = 0; at < std::min(bytes, kMost); at += kLine) {
    asm volatile("prefetchw %0" : : "m"(static_cast<const char*>(block)[at]));
  }
#else
  __builtin_prefetch(block, 1);
  (void)bytes;
#endif
}

}  // namespace pool

/// Memory for what is made on one thread and freed on another, again and again: spans and log records on their way to
/// the exporting thread. Blocks of a few sizes come back in bundles, so that in the steady state nobody calls malloc;
/// a larger block is plain memory. For any other use, plain memory is simpler and no slower.
///
/// Cost: 2 ns; one queue operation each 32 blocks that another thread frees. A thread keeps at most 64 free blocks of a
/// size until it ends, all threads together about 10 MiB more. Under AddressSanitizer it is plain memory, so that what
/// is used after it was freed is found.
/// Threads: any, in every phase of the process. Throws std::bad_alloc.
[[nodiscard]] inline void* PoolAllocate(std::size_t bytes) {
  const std::size_t size_class = pool::ClassOf(bytes);
  if (size_class == pool::kBlockSizes.size()) return ::operator new(bytes);
  pool::Bundle& used = pool::local.pairs[size_class].used;
  if (used.count == 0) return pool::Refill(size_class);
  --used.count;
  if (used.count >= pool::kAhead) pool::Fetch(used.blocks[used.count - pool::kAhead], bytes);
  return used.blocks[used.count];
}

/// `bytes` as they were asked for.
inline void PoolFree(void* block, std::size_t bytes) noexcept {
  const std::size_t size_class = pool::ClassOf(bytes);
  if (size_class == pool::kBlockSizes.size()) return ::operator delete(block);
  pool::Bundle& used = pool::local.pairs[size_class].used;
  if (used.count >= pool::local.most && !pool::MakeRoom(size_class)) return ::operator delete(block);
  used.blocks[used.count++] = block;
}

/// The size of the block that PoolAllocate gives: what is more than asked for may be used.
[[nodiscard]] inline std::size_t PoolBlockSize(std::size_t bytes) noexcept {
  const std::size_t size_class = pool::ClassOf(bytes);
  return size_class < pool::kBlockSizes.size() ? pool::kBlockSizes[size_class] : bytes;
}

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
