#include "guildscope/metrics/cells.hpp"

#include <algorithm>
#include <new>
#include <thread>

#include "guildscope/metrics/address_space.hpp"

namespace guildscope::metrics::internal {

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

constinit thread_local ThisThread this_thread __attribute__((tls_model("initial-exec")));
static constinit thread_local SpanIdentity current_span __attribute__((tls_model("initial-exec")));
constinit Cell* shared_cells = nullptr;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;  // of what CountOwn has counted
constexpr std::size_t kArrayBytes = std::size_t{kMaxCells} * sizeof(Cell);
constexpr std::uint32_t kCellsInAPage = 4096 / sizeof(Cell);
constexpr std::uint32_t kPages = kMaxCells / kCellsInAPage;
constexpr std::uint32_t kFlagsInAWord = 64;
static_assert(kCellsInAPage % kFlagsInAWord == 0);

struct FreeRuns {
  std::uint32_t size;
  std::uint32_t first_plus_one;  // 0: none. The next one's is in the first shared cell of the run.
};

/// Never destroyed: handles and threads may outlive everything that is.
union Arena {
  constexpr Arena() noexcept : state() {}
  ~Arena() {}
  struct State {
    std::atomic<ThreadRecord*> records{nullptr};
    Cell* doubles = nullptr;             // a bit for each cell: it holds a double; set with shared_cells
    std::atomic<std::uint32_t> used{0};  // cells from here on have never been given out
    // Cells in use, for each page of them: where there are none, a reader need not look.
    std::atomic<std::uint16_t> in_use_by_page[kPages] = {};

    std::mutex read_mutex;
    std::mutex allocate_mutex;        // never held for long: those who make series wait for it
    std::vector<FreeRuns> free_runs;  // guarded by allocate_mutex
    std::size_t in_use = 0;           // guarded by allocate_mutex
  } state;
};
constinit Arena arena_of_the_process;
constinit Arena::State& arena = arena_of_the_process.state;

bool IsDouble(std::uint32_t index) noexcept {
  const std::uint64_t flags = arena.doubles[index / kFlagsInAWord].load(kRelaxed);
  return (flags >> (index % kFlagsInAWord) & 1) != 0;
}

void SetSize(std::uint32_t size) noexcept {
  this_thread.size = size;
  this_thread.histogram_size = this_thread.in_sampled_span ? 0 : size;
}

/// Leaves a thread's record to the next one.
struct ThreadEnd {
  ~ThreadEnd() {
    ThreadRecord* record = this_thread.record;
    this_thread = {.in_sampled_span = this_thread.in_sampled_span, .ended = true};
    if (record != nullptr) record->state.store(RecordState::kFree, std::memory_order_release);
  }
};

ThreadRecord* TakeRecord() noexcept {
  for (ThreadRecord* record = arena.records.load(); record != nullptr; record = record->next) {
    RecordState free = RecordState::kFree;
    if (record->state.load(kRelaxed) == free && record->state.compare_exchange_strong(free, RecordState::kUsed)) {
      return record;
    }
  }
  auto* record = new (std::nothrow) ThreadRecord;
  if (record == nullptr) return nullptr;
  record->next = arena.records.load();
  while (!arena.records.compare_exchange_weak(record->next, record)) {
  }
  return record;
}

/// Null without memory, and when the thread is ending.
ThreadRecord* RecordOfThisThread() noexcept {
  if (this_thread.record != nullptr || this_thread.ended) return this_thread.record;
  static thread_local const ThreadEnd end;
  static_cast<void>(end);
  ThreadRecord* record = TakeRecord();
  if (record == nullptr) return nullptr;
  this_thread.cells = record->cells.load(kRelaxed);
  this_thread.record = record;
  SetSize(record->size.load(kRelaxed));
  return record;
}

bool GrowOver(std::uint32_t last) noexcept {
  ThreadRecord* record = RecordOfThisThread();
  if (record == nullptr) return false;
  if (this_thread.cells == nullptr) {
    this_thread.cells = static_cast<Cell*>(ReserveAddressSpace(kArrayBytes));
    if (this_thread.cells == nullptr) return false;
    record->cells.store(this_thread.cells, kRelaxed);
  }
  // Whole pages: a reader need not look further, and the next series are most likely there.
  SetSize(std::max(this_thread.size, (last / kCellsInAPage + 1) * kCellsInAPage));
  record->size.store(this_thread.size, std::memory_order_release);
  return true;
}

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

void MapSharedCells() {
  if (shared_cells != nullptr) return;
  const std::size_t flags_bytes = kMaxCells / 8;
  void* doubles = ReserveAddressSpace(flags_bytes);
  void* shared = ReserveAddressSpace(kArrayBytes);
  if (doubles == nullptr || shared == nullptr) {
    if (doubles != nullptr) ReleaseAddressSpace(doubles, flags_bytes);
    if (shared != nullptr) ReleaseAddressSpace(shared, kArrayBytes);
    throw std::bad_alloc();
  }
  arena.doubles = static_cast<Cell*>(doubles);
  shared_cells = static_cast<Cell*>(shared);
}

/// With allocate_mutex. `change`: one, or minus one.
void CountInUse(const CellRun& run, int change) noexcept {
  arena.in_use += run.size * static_cast<std::size_t>(change);
  for (std::uint32_t i = run.first; i <= run.last(); ++i) {
    arena.in_use_by_page[i / kCellsInAPage].fetch_add(static_cast<std::uint16_t>(change), kRelaxed);
  }
}

FreeRuns& FreeRunsOf(std::uint32_t size) {
  for (FreeRuns& runs : arena.free_runs) {
    if (runs.size == size) return runs;
  }
  return arena.free_runs.emplace_back(FreeRuns{size, 0});
}

void MarkDouble(std::uint32_t index, bool is_double) noexcept {
  Cell& flags = arena.doubles[index / kFlagsInAWord];
  const std::uint64_t flag = std::uint64_t{1} << (index % kFlagsInAWord);
  is_double ? flags.fetch_or(flag, kRelaxed) : flags.fetch_and(~flag, kRelaxed);
}

}  // namespace

const SpanIdentity& CurrentSpan() noexcept { return current_span; }

void AddShared(Cell& cell, std::uint64_t amount) noexcept {
  cell.fetch_add(amount, std::memory_order_release);  // as CountOwn
}

void AddShared(Cell& cell, double amount) noexcept {
  std::uint64_t old = cell.load(kRelaxed);
  while (
      !cell.compare_exchange_weak(old, std::bit_cast<std::uint64_t>(std::bit_cast<double>(old) + amount), kRelaxed)) {
  }
}

Recorder::Recorder(const CellRun& run) noexcept : own_(run.last() < this_thread.size || GrowOver(run.last())) {
  cells_ = (own_ ? this_thread.cells : shared_cells) + run.first;
}

// Sequentially consistent, as the look-ups that follow and the unlinking before Synchronize are: either the look-up
// does not find what was unlinked, or Synchronize sees that the section has begun.
ReadSection::ReadSection() noexcept : record_(this_thread.record) {
  if (record_ == nullptr) [[unlikely]] {
    record_ = RecordOfThisThread();
    if (record_ == nullptr) return;
  }
  record_->section.store(record_->section.load(kRelaxed) + 1);
}

ReadSection::~ReadSection() {
  if (record_ == nullptr) return;
  record_->section.store(record_->section.load(kRelaxed) + 1, std::memory_order_release);
}

void Synchronize() noexcept {
  for (const ThreadRecord* record = arena.records.load(); record != nullptr; record = record->next) {
    const std::uint64_t section = record->section.load();
    if (section % 2 == 0) continue;
    while (record->section.load(std::memory_order_acquire) == section) std::this_thread::yield();
  }
}

CellRun AllocateCells(std::uint32_t size, bool ends_in_double) {
  CellRun run{.first = kNoCell, .size = size, .ends_in_double = ends_in_double};
  const std::lock_guard lock(arena.allocate_mutex);
  MapSharedCells();
  FreeRuns& free = FreeRunsOf(size);
  if (free.first_plus_one != 0) {
    run.first = free.first_plus_one - 1;
    free.first_plus_one = static_cast<std::uint32_t>(shared_cells[run.first].exchange(0, kRelaxed));
  } else {
    run.first = arena.used.load(kRelaxed);
    if (size > kMaxCells - run.first) throw std::bad_alloc();
    arena.used.store(run.first + size);
  }
  MarkDouble(run.last(), ends_in_double);
  CountInUse(run, 1);
  return run;
}

CellUse CellsInUse() noexcept {
  const std::lock_guard lock(arena.allocate_mutex);
  return {.now = arena.in_use, .most = arena.used.load(kRelaxed)};
}

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
  const std::lock_guard lock(arena.allocate_mutex);
  FreeRuns& free = FreeRunsOf(run.size);  // there since it was allocated
  shared_cells[run.first].store(free.first_plus_one, kRelaxed);
  free.first_plus_one = run.first + 1;
  CountInUse(run, -1);
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

namespace guildscope::metrics {

void SetCurrentSpan(const SpanIdentity* sampled) noexcept {
  internal::current_span = sampled != nullptr ? *sampled : SpanIdentity();
  internal::this_thread.in_sampled_span = sampled != nullptr;
  internal::SetSize(internal::this_thread.size);
}

SpanScope::SpanScope(const SpanIdentity& span, bool sampled) noexcept
    : before_(internal::current_span), was_sampled_(internal::this_thread.in_sampled_span) {
  SetCurrentSpan(sampled ? &span : nullptr);
}

SpanScope::~SpanScope() { SetCurrentSpan(was_sampled_ ? &before_ : nullptr); }

}  // namespace guildscope::metrics
