#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "guildscope/metrics/exemplar.hpp"

/// Where values are: in *cells* of eight bytes, that each thread has of its own.
///
/// A series owns a run of cells, the same run in every thread's array: its first index is all that a thread needs to
/// record. Only the thread itself writes its array, so a plain load and store of a relaxed atomic is enough; whoever
/// reads a series sums the run over all threads. Beside them there is one array of *shared* cells: gauges live there,
/// and what threads that have ended had recorded, and what was taken away when a series was hidden.
///
/// The arrays are address space (see address_space.hpp): they never move and need no growing, and a thread pays for
/// the pages that it records in. All of it belongs to the process, as threads do, and is never destroyed.
namespace guildscope::metrics::internal {

using Cell = std::atomic<std::uint64_t>;

/// No run has this index, and no thread an array so large.
inline constexpr std::uint32_t kNoCell = 0xFFFFFFFF;
/// 64 MiB of address space for each thread that records, as much as malloc reserves for one.
inline constexpr std::uint32_t kMaxCells = std::uint32_t{1} << 23;

struct ThreadRecord;

/// What the hot path knows of the running thread. An index below `size` is in `cells`; everything that is out of the
/// ordinary (the thread's first record, a handle without a series, a folded one) is an index that is not.
struct ThisThread {
  Cell* cells = nullptr;
  std::uint32_t size = 0;
  std::uint32_t histogram_size = 0;  ///< For histograms. None inside a sampled span: they keep exemplars there.
  bool in_sampled_span = false;
  bool ended = false;  ///< The thread is being taken down; other destructors may still record.
  ThreadRecord* record = nullptr;
};
// Initial-exec and constinit: reached by one instruction, without a guard and without a call.
extern constinit thread_local ThisThread this_thread __attribute__((tls_model("initial-exec")));

/// The sampled span that is current on this thread; without ids when none is.
[[nodiscard]] const SpanIdentity& CurrentSpan() noexcept;

/// Set before the first run is given out.
extern constinit Cell* shared_cells;

inline void AddOwn(Cell& cell, std::uint64_t amount) noexcept {
  cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}
inline void AddOwn(Cell& cell, double amount) noexcept {
  const double sum = std::bit_cast<double>(cell.load(std::memory_order_relaxed)) + amount;
  cell.store(std::bit_cast<std::uint64_t>(sum), std::memory_order_relaxed);
}
/// Of a cell that counts what was added to the last one of its run. That one is written first and read last: so a
/// reader may see an amount whose write it does not count yet, and never a write without its amount.
inline void CountOwn(Cell& cell) noexcept {
  cell.store(cell.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}
/// Of cells that several threads write.
void AddShared(Cell& cell, std::uint64_t amount) noexcept;
void AddShared(Cell& cell, double amount) noexcept;

/// The cells of a series. All of them count, but for the last one, which may be a double.
struct CellRun {
  std::uint32_t first = kNoCell;
  std::uint32_t size = 0;
  bool ends_in_double = false;
  [[nodiscard]] std::uint32_t last() const noexcept { return first + size - 1; }
};

/// Where the running thread records into a run, when that is not known to be its own cells yet.
class Recorder {
 public:
  /// The thread's array grows over the run. Without memory for it, and when the thread is ending, the shared cells.
  explicit Recorder(const CellRun& run) noexcept;
  template <typename Amount>
  void Add(std::uint32_t index, Amount amount) const noexcept {
    own_ ? AddOwn(cells_[index], amount) : AddShared(cells_[index], amount);
  }
  void Count(std::uint32_t index) const noexcept {
    own_ ? CountOwn(cells_[index]) : AddShared(cells_[index], std::uint64_t{1});
  }

 private:
  Cell* cells_;
  bool own_;
};

/// While it lives, what the thread has looked up stays: Synchronize waits for it. Short, without a lock inside.
/// False when the thread cannot have one (no memory, or the thread is ending).
class ReadSection {
 public:
  ReadSection() noexcept;
  ~ReadSection();
  ReadSection(const ReadSection&) = delete;
  ReadSection& operator=(const ReadSection&) = delete;
  explicit operator bool() const noexcept { return record_ != nullptr; }

 private:
  ThreadRecord* record_;
};

/// Returns when every ReadSection that was there has ended: what was unlinked before is seen by nobody.
void Synchronize() noexcept;

/// A run of zeros. Throws std::bad_alloc when there are none left. Threads: any.
[[nodiscard]] CellRun AllocateCells(std::uint32_t size, bool ends_in_double);
/// How many cells the series of the process have now, and the most that they ever had at once.
struct CellUse {
  std::size_t now = 0;
  std::size_t most = 0;
};
[[nodiscard]] CellUse CellsInUse() noexcept;

/// The right to read what all threads have recorded. One has it at a time; those who record do not notice.
class CellReader {
 public:
  CellReader() noexcept;

  /// The sum of one cell of a run, and those of all.
  [[nodiscard]] std::uint64_t ReadCell(const CellRun& run, std::uint32_t index) const noexcept;
  void Read(const CellRun& run, std::span<std::uint64_t> sums) const noexcept;
  /// Takes that much away from what the run holds: exactly, for what counts; what is recorded meanwhile stays.
  void Subtract(const CellRun& run, std::span<const std::uint64_t> sums) const noexcept;
  void Add(const CellRun& run, std::span<const std::uint64_t> sums) const noexcept;
  /// Gives the run back, zeroed. No thread may be able to record into it any more.
  void Free(const CellRun& run) const noexcept;
  /// The sums of all cells, by index. Empties the arrays of threads that have ended first.
  [[nodiscard]] std::unique_ptr<std::uint64_t[]> ReadAll() const;

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace guildscope::metrics::internal
