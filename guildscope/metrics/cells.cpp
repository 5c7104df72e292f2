#include "guildscope/metrics/cells.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <thread>

#include "guildscope/metrics/address_space.hpp"
#include "guildscope/metrics/cell_arena.hpp"

namespace guildscope::metrics::internal {

constinit thread_local ThisThread this_thread __attribute__((tls_model("initial-exec")));
static constinit thread_local SpanIdentity current_span __attribute__((tls_model("initial-exec")));
constinit Cell* shared_cells = nullptr;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

/// Keeps what is in it from being destroyed.
union Arena {
  constexpr Arena() noexcept : state() {}
  ~Arena() {}
  CellArena state;
};
constinit Arena arena_of_the_process;

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
  for (std::uint32_t i = run.first; i <= run.last();) {
    const std::uint32_t page = i / kCellsInAPage;
    const std::uint32_t end = std::min(run.last() + 1, (page + 1) * kCellsInAPage);
    arena.in_use_by_page[page].fetch_add(static_cast<std::uint16_t>(change * static_cast<int>(end - i)), kRelaxed);
    i = end;
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

constinit CellArena& arena = arena_of_the_process.state;

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

void FreeCells(const CellRun& run) noexcept {
  const std::lock_guard lock(arena.allocate_mutex);
  FreeRuns& free = FreeRunsOf(run.size);  // there since it was allocated
  shared_cells[run.first].store(free.first_plus_one, kRelaxed);
  free.first_plus_one = run.first + 1;
  CountInUse(run, -1);
}

CellUse CellsInUse() noexcept {
  const std::lock_guard lock(arena.allocate_mutex);
  return {.now = arena.in_use, .most = arena.used.load(kRelaxed)};
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
