#include "guildscope/metrics/blocks.hpp"

#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "guildscope/metrics/address_space.hpp"

namespace guildscope::metrics::internal {

constinit char* block_base = nullptr;

namespace {

constexpr std::size_t kMaxBytes = (std::size_t{1} << kBlockRefBits) * kBlockUnit;

struct FreeBlocks {
  std::size_t bytes;
  std::size_t alignment;
  BlockRef first;  // 0: none. The next one's is in the block.
};

/// Never destroyed, as the blocks are.
union Arena {
  constexpr Arena() noexcept : state() {}
  ~Arena() {}
  struct State {
    std::mutex mutex;                     // never held for long: those who make series wait for it
    std::size_t end = 0;                  // guarded by mutex
    std::size_t in_use = 0;               // guarded by mutex
    std::vector<FreeBlocks> free_blocks;  // guarded by mutex
  } state;
};
constinit Arena arena_of_the_process;
constinit Arena::State& arena = arena_of_the_process.state;

std::size_t Rounded(std::size_t bytes, std::size_t unit) noexcept { return (bytes + unit - 1) / unit * unit; }

// There are few sizes: labels are mostly snowflakes and short words.
FreeBlocks& FreeBlocksOf(std::size_t bytes, std::size_t alignment) {
  for (FreeBlocks& blocks : arena.free_blocks) {
    if (blocks.bytes == bytes && blocks.alignment == alignment) return blocks;
  }
  return arena.free_blocks.emplace_back(FreeBlocks{bytes, alignment, 0});
}

}  // namespace

BlockRef AllocateBlock(std::size_t bytes, std::size_t alignment) {
  bytes = Rounded(bytes, kBlockUnit);
  const std::lock_guard lock(arena.mutex);
  if (block_base == nullptr) {
    block_base = static_cast<char*>(ReserveAddressSpace(kMaxBytes));
    if (block_base == nullptr) throw std::bad_alloc();
    arena.end = kFirstBlock * kBlockUnit;
  }
  FreeBlocks& free = FreeBlocksOf(bytes, alignment);
  BlockRef block = free.first;
  if (block != 0) {
    std::memcpy(&free.first, At(block), sizeof free.first);
  } else {
    const std::size_t begin = Rounded(arena.end, alignment);
    if (bytes > kMaxBytes - begin) throw std::bad_alloc();
    arena.end = begin + bytes;
    block = static_cast<BlockRef>(begin / kBlockUnit);
  }
  arena.in_use += bytes;
  return block;
}

void FreeBlock(BlockRef block, std::size_t bytes, std::size_t alignment) noexcept {
  bytes = Rounded(bytes, kBlockUnit);
  const std::lock_guard lock(arena.mutex);
  FreeBlocks& free = FreeBlocksOf(bytes, alignment);  // there since it was allocated
  std::memcpy(At(block), &free.first, sizeof free.first);
  free.first = block;
  arena.in_use -= bytes;
}

BlockUse BlocksInUse() noexcept {
  const std::lock_guard lock(arena.mutex);
  return {.now = arena.in_use, .most = arena.end};
}

}  // namespace guildscope::metrics::internal
