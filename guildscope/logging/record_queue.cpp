#include "guildscope/logging/record_queue.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <utility>

#include "guildscope/base/thread.hpp"
#include "guildscope/base/wake_up.hpp"

namespace guildscope::logging {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kNap{4};
constexpr std::chrono::hours kSleep{1};
constexpr std::chrono::milliseconds kDestructorLimit{1'000};

enum class Rest : int {
  kAwake,
  kNapping,  ///< Looks again in some milliseconds; wake it only for what is urgent.
  kAsleep,   ///< Wake it for anything.
};

}  // namespace

/// What the thread and the queue share; the last of the two to go frees it.
struct RecordQueue::State {
  explicit State(Parts given) : parts(std::move(given)), ring(parts.max_records, parts.max_bytes) {}

  void Run();
  void Drain();
  /// False when there is none, or the time is over.
  bool WriteOne();
  /// Until there may be something to do.
  void WaitForRecords();
  /// Counts what is in the ring as dropped, once the thread looks into it no more.
  void Sweep() noexcept;
  /// The same for a thread that hangs. False when it does not, but has ended.
  bool Abandon() noexcept;
  void CountDropped(const LevelCounts& counts) noexcept;
  [[nodiscard]] LevelCounts Dropped() const noexcept;

  Parts parts;
  RecordRing ring;
  WakeUp wake_up;
  std::atomic<Rest> rest{Rest::kAwake};
  std::atomic<bool> closed{false};
  std::atomic<bool> ended{false};  ///< The thread has looked into the ring for the last time.
  std::atomic<int> waiting{0};     ///< Threads in Flush.
  std::atomic<Clock::time_point> deadline{Clock::time_point::max()};
  std::array<std::atomic<std::uint64_t>, 5> dropped{};
  std::atomic<std::uint64_t> left_over{0};

  std::mutex mutex;  // of taking records out
  std::condition_variable progress;
  std::atomic<bool> abandoned{false};  // set with mutex
};

void RecordQueue::State::Run() {
  while (!closed.load()) {
    Drain();
    WaitForRecords();
  }
  Drain();
  if (abandoned.load()) return;
  {
    const std::lock_guard lock(mutex);
    if (abandoned.load()) return;
    ended.store(true);
  }
  Sweep();
  parts.drained(Dropped());
  parts.write = nullptr;  // with what it owns
  parts.drained = nullptr;
  const std::lock_guard lock(mutex);
  progress.notify_all();
}

bool RecordQueue::State::WriteOne() {
  const std::string_view record = ring.Front();
  if (record.empty() || (closed.load() && Clock::now() >= deadline.load())) return false;
  parts.write(record);
  const std::lock_guard lock(mutex);
  if (abandoned.load()) return false;
  ring.Pop();
  return true;
}

void RecordQueue::State::Drain() {
  while (WriteOne()) {
  }
  if (abandoned.load()) return;
  parts.drained(Dropped());
  if (waiting.load() == 0) return;
  const std::lock_guard lock(mutex);
  progress.notify_all();
}

void RecordQueue::State::WaitForRecords() {
  const auto wanted = [this] { return closed.load() || waiting.load() > 0; };
  rest.store(Rest::kNapping);
  if (!wanted()) wake_up.Wait(kNap);
  if (ring.Front().empty()) {
    rest.store(Rest::kAsleep);
    if (ring.Front().empty() && !wanted()) wake_up.Wait(kSleep);
  }
  rest.store(Rest::kAwake);
}

void RecordQueue::State::CountDropped(const LevelCounts& counts) noexcept {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    dropped[i].fetch_add(counts[i], std::memory_order_relaxed);
    left_over.fetch_add(counts[i], std::memory_order_relaxed);
  }
}

void RecordQueue::State::Sweep() noexcept {
  const std::lock_guard lock(mutex);
  LevelCounts counts{};
  ring.Count(counts);
  CountDropped(counts);
  while (!ring.Front().empty()) ring.Pop();
}

LevelCounts RecordQueue::State::Dropped() const noexcept {
  LevelCounts counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = dropped[i].load(std::memory_order_relaxed);
  return counts;
}

bool RecordQueue::State::Abandon() noexcept {
  const std::lock_guard lock(mutex);
  if (ended.load()) return false;
  abandoned.store(true);
  LevelCounts counts{};
  ring.Count(counts);
  CountDropped(counts);
  return true;
}

RecordQueue::RecordQueue(Parts parts) : state_(std::make_shared<State>(std::move(parts))), owner_(getpid()) {
  thread_ = StartThread("gs-log-lines", [state = state_] { state->Run(); });
}

RecordQueue::~RecordQueue() { Close(kDestructorLimit); }

bool RecordQueue::Open() const noexcept { return !state_->closed.load(std::memory_order_relaxed); }

RecordRing& RecordQueue::ring() noexcept { return state_->ring; }

void RecordQueue::Drop(Level level) noexcept {
  const auto index = std::min<std::size_t>(static_cast<std::size_t>(level), state_->dropped.size() - 1);
  state_->dropped[index].fetch_add(1, std::memory_order_relaxed);
}

void RecordQueue::Pushed(bool urgent) noexcept {
  State& state = *state_;
  const Rest rest = state.rest.load();
  if (rest == Rest::kAsleep || (rest == Rest::kNapping && (urgent || state.ring.quarter_full()))) {
    state.wake_up.Notify();
  }
  // The thread may have ended between our look at `closed` and our push; then nobody else will find the record.
  if (state.ended.load()) state.Sweep();
}

bool RecordQueue::Flush(std::chrono::milliseconds limit) noexcept {
  if (getpid() != owner_) return false;
  State& state = *state_;
  const std::uint64_t wanted = state.ring.pushed_bytes();
  const auto done = [&] { return state.ring.popped_bytes() >= wanted; };
  if (done()) return true;
  std::unique_lock lock(state.mutex);
  state.waiting.fetch_add(1);
  state.wake_up.Notify();
  state.progress.wait_for(lock, limit, [&] { return done() || state.ended.load(); });
  state.waiting.fetch_sub(1);
  return done();
}

bool RecordQueue::Close(std::chrono::milliseconds limit) noexcept {
  const std::lock_guard closing(close_mutex_);
  if (!thread_.joinable()) return closed_whole_;
  State& state = *state_;
  // What hangs in a sink gets the rest of the time to notice.
  state.deadline.store(Clock::now() + limit * 9 / 10);
  state.closed.store(true);
  if (getpid() != owner_) {
    thread_.detach();
    left_alone_ = true;
    return closed_whole_ = false;
  }
  state.wake_up.Notify();
  {
    std::unique_lock lock(state.mutex);
    state.progress.wait_for(lock, limit, [&] { return state.ended.load(); });
  }
  left_alone_ = state.Abandon();
  if (left_alone_) {
    thread_.detach();
  } else {
    thread_.join();
  }
  return closed_whole_ = state.left_over.load() == 0;
}

bool RecordQueue::left_alone() const noexcept {
  const std::lock_guard lock(close_mutex_);
  return left_alone_;
}

LevelCounts RecordQueue::dropped() const noexcept { return state_->Dropped(); }

}  // namespace guildscope::logging
