#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "guildscope/metrics/cells.hpp"

/// The inside of cells.hpp: what those who record (cells.cpp) and those who read (cell_reader.cpp) share.
namespace guildscope::metrics::internal {

inline constexpr std::size_t kArrayBytes = std::size_t{kMaxCells} * sizeof(Cell);
inline constexpr std::uint32_t kCellsInAPage = 4096 / sizeof(Cell);
inline constexpr std::uint32_t kFlagsInAWord = 64;
static_assert(kCellsInAPage % kFlagsInAWord == 0);

enum class RecordState : std::uint8_t { kFree, kUsed, kBeingEmptied };

/// A thread's array, known to all. Records are never freed: the next thread takes one that a thread has left, with the
/// values in it, unless a reader has emptied it before.
struct alignas(64) ThreadRecord {
  std::atomic<std::uint64_t> section{0};  // odd inside a ReadSection
  std::atomic<Cell*> cells{nullptr};
  std::atomic<std::uint32_t> size{0};
  std::atomic<RecordState> state{RecordState::kUsed};
  ThreadRecord* next = nullptr;  // not changed once it is in the list
};

struct FreeRuns {
  std::uint32_t size;
  std::uint32_t first_plus_one;  // 0: none. The next one's is in the first shared cell of the run.
};

struct CellArena {
  std::atomic<ThreadRecord*> records{nullptr};
  Cell* doubles = nullptr;             // a bit for each cell: it holds a double; set with shared_cells
  std::atomic<std::uint32_t> used{0};  // cells from here on have never been given out
  // Cells in use, for each page of them: where there are none, a reader need not look.
  std::atomic<std::uint16_t> in_use_by_page[kMaxCells / kCellsInAPage] = {};

  std::mutex read_mutex;
  std::mutex allocate_mutex;        // never held for long: those who make series wait for it
  std::vector<FreeRuns> free_runs;  // guarded by allocate_mutex
  std::size_t in_use = 0;           // guarded by allocate_mutex
};
/// Never destroyed: handles and threads may outlive everything that is.
extern constinit CellArena& arena;

/// Gives a run back that holds zeros.
void FreeCells(const CellRun& run) noexcept;

[[nodiscard]] inline bool IsDouble(std::uint32_t index) noexcept {
  const std::uint64_t flags = arena.doubles[index / kFlagsInAWord].load(std::memory_order_relaxed);
  return (flags >> (index % kFlagsInAWord) & 1) != 0;
}

}  // namespace guildscope::metrics::internal
