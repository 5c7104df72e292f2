#include "guildscope/export/batch_pipeline.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "guildscope/base/thread.hpp"
#include "guildscope/base/wake_up.hpp"
#include "guildscope/export/bounded_queue.hpp"

namespace guildscope::exporting {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kDestructorLimit{1'000};

}  // namespace

/// What the thread and the pipeline share; the last of the two to go frees it.
struct BatchPipeline::State {
  explicit State(Parts given)
      : parts(std::move(given)),
        batch_size(std::clamp<std::size_t>(parts.batch.max_export_batch_size, 1,
                                           std::max<std::size_t>(parts.batch.max_queue_size, 1))),
        queue(parts.batch.max_queue_size, batch_size) {}

  void Run();
  void ExportBatch();
  Verdict EncodeAndDeliver(const Items& items);
  /// Nobody will look into the queue any more but Sweep: counts what is left in it as lost.
  void Finish() noexcept;
  /// The same for what comes later.
  void Sweep() noexcept;
  bool SweepOne() noexcept;
  [[nodiscard]] bool WaitForEnd(Clock::time_point deadline);
  /// Counts what the thread holds as lost, and tells it so. False when the thread does not hang in its transport: it
  /// has ended, or is about to.
  [[nodiscard]] bool Abandon();
  /// The end of a batch, unless the thread was left alone meanwhile and the batch was counted already.
  void Settle(const Verdict& verdict, std::size_t items);

  Parts parts;
  const std::size_t batch_size;
  BoundedQueue<std::unique_ptr<Item>> queue;
  WakeUp wake_up;
  std::atomic<bool> closed{false};  ///< Nothing new is taken.
  std::atomic<bool> finished{false};
  std::atomic<std::uint64_t> flush_until{0};  ///< Items up to this one (of queue.pushed()) are wanted now.

  std::mutex sweep_mutex;

  std::mutex mutex;
  std::condition_variable settled_changed;
  std::uint64_t settled = 0;  // guarded by mutex; items that left the queue and were delivered or lost
  bool delivering = false;    // guarded by mutex; the thread is in the hands of the transport
  bool ended = false;         // guarded by mutex; the thread has nothing more to do
  bool abandoned = false;     // guarded by mutex
};

void BatchPipeline::State::Run() {
  StopSignal& stop = parts.delivery->stop();
  auto due = Clock::now() + parts.batch.schedule_delay;
  while (!stop.requested()) {
    wake_up.Wait(due - Clock::now());
    const bool is_due = Clock::now() >= due;
    while (!stop.requested() && queue.size() > 0 &&
           (is_due || queue.size() >= batch_size || queue.popped() < flush_until.load())) {
      ExportBatch();
    }
    if (is_due) due = Clock::now() + parts.batch.schedule_delay;
  }
  while (queue.size() > 0 && Clock::now() < stop.deadline()) ExportBatch();
  Finish();
  const std::lock_guard lock(mutex);
  ended = true;
  settled_changed.notify_all();
}

void BatchPipeline::State::ExportBatch() {
  Items items;
  items.reserve(std::min(batch_size, queue.size()));
  std::unique_ptr<Item> item;
  while (items.size() < batch_size && queue.TryPop(item)) items.push_back(std::move(item));
  if (items.empty()) {
    // A writer has taken a place and is about to fill it.
    std::this_thread::yield();
    return;
  }
  parts.account->Submitted(items.size());
  const auto start = Clock::now();
  const Verdict verdict = EncodeAndDeliver(items);
  Settle(verdict, items.size());
  if (parts.on_verdict) parts.on_verdict(verdict, items.size(), Clock::now() - start);
}

Verdict BatchPipeline::State::EncodeAndDeliver(const Items& items) {
  try {
    const Request request = parts.encoder->Encode(items);
    {
      const std::lock_guard lock(mutex);
      delivering = true;
    }
    return parts.delivery->Deliver(request);
  } catch (const std::exception& exception) {
    return {.loss = Loss::kExportFailed, .rejected = 0, .detail = exception.what()};
  }
}

void BatchPipeline::State::Settle(const Verdict& verdict, std::size_t items) {
  const std::lock_guard lock(mutex);
  if (abandoned) return;
  delivering = false;
  if (verdict.spooled) {
    // Counted by the delivery.
  } else if (verdict.loss) {
    parts.account->Failed(*verdict.loss, items);
  } else {
    const auto rejected = std::min<std::uint64_t>(verdict.rejected, items);
    parts.account->Failed(Loss::kRejected, rejected);
    parts.account->Delivered(items - rejected);
  }
  settled += items;
  settled_changed.notify_all();
}

bool BatchPipeline::State::SweepOne() noexcept {
  std::unique_ptr<Item> item;
  if (!queue.TryPop(item)) return false;
  parts.account->NotSubmitted(Loss::kShutdown);
  return true;
}

// Who pushes looks at `finished` when it has its place, which may be before it has filled it. So those that are pushed
// by now are waited for: their writers may have looked too early. Those that come later know that they are late.
void BatchPipeline::State::Finish() noexcept {
  finished.store(true);
  const std::lock_guard lock(sweep_mutex);
  const std::uint64_t until = queue.pushed();
  while (queue.popped() < until) {
    if (!SweepOne()) std::this_thread::yield();
  }
}

// One that stops at a place that is not filled leaves the rest to that place's writer, who comes here too; the lock
// lets it see all that was there before.
void BatchPipeline::State::Sweep() noexcept {
  const std::lock_guard lock(sweep_mutex);
  while (SweepOne()) {
  }
}

bool BatchPipeline::State::WaitForEnd(Clock::time_point deadline) {
  std::unique_lock lock(mutex);
  return settled_changed.wait_until(lock, deadline, [this] { return ended; });
}

bool BatchPipeline::State::Abandon() {
  {
    const std::lock_guard lock(mutex);
    if (!delivering) return false;
    abandoned = true;
    parts.account->Failed(Loss::kShutdown, parts.account->in_flight());
    settled_changed.notify_all();
  }
  Finish();
  return true;
}

BatchPipeline::BatchPipeline(Parts parts) : state_(std::make_shared<State>(std::move(parts))) {
  worker_ = StartThread(state_->parts.thread_name, [state = state_] { state->Run(); });
}

BatchPipeline::~BatchPipeline() { Shutdown(kDestructorLimit); }

bool BatchPipeline::Push(std::unique_ptr<Item> item, std::size_t limit) noexcept {
  State& state = *state_;
  if (state.closed.load()) {
    state.parts.account->NotSubmitted(Loss::kShutdown);
    return false;
  }
  const std::size_t size = state.queue.TryPush(item, limit);
  if (size == 0) {
    state.wake_up.Notify();
    state.parts.account->NotSubmitted(Loss::kQueueFull);
    return false;
  }
  if (size >= state.batch_size) state.wake_up.Notify();
  // The thread may have ended between our first look and our push; then nobody else will find the item.
  if (state.finished.load()) state.Sweep();
  return true;
}

bool BatchPipeline::Flush(std::chrono::milliseconds limit) noexcept {
  State& state = *state_;
  const std::uint64_t lost_before = state.parts.account->lost();
  const std::uint64_t wanted = state.queue.pushed();
  std::uint64_t known = state.flush_until.load();
  while (known < wanted && !state.flush_until.compare_exchange_weak(known, wanted)) {
  }
  state.wake_up.Notify();
  std::unique_lock lock(state.mutex);
  const bool done = state.settled_changed.wait_for(
      lock, limit, [&] { return state.settled >= wanted || state.ended || state.abandoned; });
  return done && state.settled >= wanted && state.parts.account->lost() == lost_before;
}

void BatchPipeline::BeginShutdown(Clock::time_point deadline) noexcept {
  const std::lock_guard lock(shutdown_mutex_);
  State& state = *state_;
  if (state.closed.exchange(true)) return;
  lost_before_ = state.parts.account->lost();
  state.parts.delivery->stop().Request(deadline);
  state.wake_up.Notify();
}

bool BatchPipeline::FinishShutdown(std::chrono::milliseconds grace) noexcept {
  const std::lock_guard lock(shutdown_mutex_);
  if (!worker_.joinable()) return shut_down_whole_;
  State& state = *state_;
  bool ended = state.WaitForEnd(state.parts.delivery->stop().deadline());
  if (!ended) {
    state.parts.delivery->Cancel();
    ended = state.WaitForEnd(Clock::now() + grace);
  }
  // After the deadline no new delivery begins, so a thread that is not in one ends by itself.
  if (ended || !state.Abandon()) {
    worker_.join();
    // What made spans keeps the pipeline for a while yet, to have its losses counted; no connection needs to stay open.
    state.parts.encoder.reset();
    state.parts.delivery.reset();
    state.parts.on_verdict = nullptr;
  } else {
    worker_.detach();
  }
  shut_down_whole_ = state.parts.account->lost() == lost_before_;
  return shut_down_whole_;
}

bool BatchPipeline::Shutdown(std::chrono::milliseconds limit) noexcept {
  BeginShutdown(Clock::now() + limit * 9 / 10);
  return FinishShutdown(limit / 10);
}

std::size_t BatchPipeline::queue_size() const noexcept { return state_->queue.size(); }
std::size_t BatchPipeline::queue_capacity() const noexcept { return state_->queue.capacity(); }

}  // namespace guildscope::exporting
