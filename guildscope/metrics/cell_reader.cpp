#include <algorithm>
#include <bit>
#include <memory>
#include <mutex>
#include <span>

#include "guildscope/metrics/address_space.hpp"
#include "guildscope/metrics/cell_arena.hpp"
#include "guildscope/metrics/cells.hpp"

namespace guildscope::metrics::internal {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;  // of what CountOwn has counted

/// Calls visit(cells, size) for the array of each thread.
template <typename Visit>
void ForEachThread(Visit visit) {
  for (const ThreadRecord* record = arena.records.load(); record != nullptr; record = record->next) {
    const std::uint32_t size = record->size.load(std::memory_order_acquire);
    if (size != 0) visit(record->cells.load(kRelaxed), size);
  }
}

void AddTo(std::uint64_t& sum, std::uint64_t value, bool is_double) noexcept {
  sum =
      is_double ? std::bit_cast<std::uint64_t>(std::bit_cast<double>(sum) + std::bit_cast<double>(value)) : sum + value;
}

void AddTo(Cell& shared, std::uint64_t value, bool is_double) noexcept {
  is_double ? AddShared(shared, std::bit_cast<double>(value)) : AddShared(shared, value);
}

/// What an ended thread recorded goes to the shared cells, and its array back to the kernel. With the reader's lock.
void Empty(ThreadRecord& record) noexcept {
  if (record.size.load(kRelaxed) == 0) return;
  RecordState free = RecordState::kFree;
  if (!record.state.compare_exchange_strong(free, RecordState::kBeingEmptied)) return;
  Cell* cells = record.cells.load(kRelaxed);
  const std::uint32_t size = record.size.load(kRelaxed);
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::uint64_t value = cells[i].load(kRelaxed);
    if (value != 0) AddTo(shared_cells[i], value, IsDouble(i));
  }
  record.size.store(0, kRelaxed);
  record.cells.store(nullptr, kRelaxed);
  ReleaseAddressSpace(cells, kArrayBytes);
  record.state.store(RecordState::kFree, std::memory_order_release);
}

/// Adds cells that share a word of flags.
void AddPart(std::uint64_t* sums, const Cell* cells, std::uint32_t begin, std::uint32_t end) noexcept {
  if (arena.doubles[begin / kFlagsInAWord].load(kRelaxed) == 0) {
    for (std::uint32_t i = begin; i < end; ++i) sums[i] += cells[i].load(kAcquire);
  } else {
    for (std::uint32_t i = begin; i < end; ++i) AddTo(sums[i], cells[i].load(kAcquire), IsDouble(i));
  }
}

}  // namespace

CellReader::CellReader() noexcept : lock_(arena.read_mutex) {}

std::uint64_t CellReader::ReadCell(const CellRun& run, std::uint32_t index) const noexcept {
  const bool is_double = run.ends_in_double && index + 1 == run.size;
  std::uint64_t sum = shared_cells[run.first + index].load(kAcquire);
  ForEachThread([&](const Cell* cells, std::uint32_t size) {
    if (run.first + index < size) AddTo(sum, cells[run.first + index].load(kAcquire), is_double);
  });
  return sum;
}

void CellReader::Read(const CellRun& run, std::span<std::uint64_t> sums) const noexcept {
  for (std::uint32_t i = 0; i < run.size; ++i) sums[i] = ReadCell(run, i);
}

void CellReader::Add(const CellRun& run, std::span<const std::uint64_t> sums) const noexcept {
  for (std::uint32_t i = 0; i < run.size; ++i) {
    AddTo(shared_cells[run.first + i], sums[i], run.ends_in_double && i + 1 == run.size);
  }
}

void CellReader::Subtract(const CellRun& run, std::span<const std::uint64_t> sums) const noexcept {
  for (std::uint32_t i = 0; i < run.size; ++i) {
    if (run.ends_in_double && i + 1 == run.size) {
      AddShared(shared_cells[run.first + i], -std::bit_cast<double>(sums[i]));
    } else {
      AddShared(shared_cells[run.first + i], std::uint64_t{0} - sums[i]);
    }
  }
}

void CellReader::Free(const CellRun& run) const noexcept {
  ForEachThread([&](Cell* cells, std::uint32_t size) {
    // Not written where nothing is: that would be memory for pages that the thread does not use.
    for (std::uint32_t i = run.first; i < std::min(size, run.first + run.size); ++i) {
      if (cells[i].load(kRelaxed) != 0) cells[i].store(0, kRelaxed);
    }
  });
  for (std::uint32_t i = 0; i < run.size; ++i) shared_cells[run.first + i].store(0, kRelaxed);
  FreeCells(run);
}

std::unique_ptr<std::uint64_t[]> CellReader::ReadAll() const {
  for (ThreadRecord* record = arena.records.load(); record != nullptr; record = record->next) Empty(*record);
  const std::uint32_t used = arena.used.load();
  auto sums = std::make_unique_for_overwrite<std::uint64_t[]>(used);
  for (std::uint32_t begin = 0; begin < used; begin += kCellsInAPage) {
    if (arena.in_use_by_page[begin / kCellsInAPage].load(kRelaxed) == 0) continue;
    const std::uint32_t end = std::min(begin + kCellsInAPage, used);
    for (std::uint32_t i = begin; i < end; ++i) sums[i] = shared_cells[i].load(kAcquire);
    ForEachThread([&](const Cell* cells, std::uint32_t size) {
      size = std::min(size, end);
      for (std::uint32_t i = begin; i < size; i += kFlagsInAWord) {
        AddPart(sums.get(), cells, i, std::min(i + kFlagsInAWord, size));
      }
    });
  }
  return sums;
}

}  // namespace guildscope::metrics::internal
