#pragma once

#include <cstddef>
#include <cstdint>

/// Memory for series: many small blocks that four bytes are enough to point to. A block starts at a multiple of four.
///
/// Blocks of one size are used again for that size, and never go back to the system. They belong to the process,
/// because a handle may outlive its registry.
namespace guildscope::metrics::internal {

/// Where a block is; 0 is none, and no block is kFirstBlock - 1.
using BlockRef = std::uint32_t;
inline constexpr int kBlockRefBits = 27;
inline constexpr BlockRef kFirstBlock = 2;
inline constexpr std::size_t kBlockUnit = 4;

/// Set before the first reference is given out.
extern constinit char* block_base;

/// Throws std::bad_alloc. `alignment`: kBlockUnit or a larger power of two.
[[nodiscard]] BlockRef AllocateBlock(std::size_t bytes, std::size_t alignment = kBlockUnit);
/// With the size and the alignment that it was allocated with.
void FreeBlock(BlockRef block, std::size_t bytes, std::size_t alignment = kBlockUnit) noexcept;

[[nodiscard]] inline void* At(BlockRef block) noexcept { return block_base + std::size_t{block} * kBlockUnit; }
[[nodiscard]] inline BlockRef RefOf(const void* block) noexcept {
  return static_cast<BlockRef>(static_cast<std::size_t>(static_cast<const char*>(block) - block_base) / kBlockUnit);
}

struct BlockUse {
  std::size_t now = 0;   ///< Bytes in blocks that are in use.
  std::size_t most = 0;  ///< Bytes that were ever taken for blocks.
};
[[nodiscard]] BlockUse BlocksInUse() noexcept;

}  // namespace guildscope::metrics::internal
