#include "guildscope/export/metric_pipeline.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <typeinfo>
#include <utility>

#include "guildscope/base/thread.hpp"
#include "guildscope/base/type_name.hpp"
#include "guildscope/base/wake_up.hpp"

namespace guildscope::exporting {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kDestructorLimit{1'000};

}  // namespace

/// What the thread and the pipeline share; the last of the two to go frees it.
struct MetricPipeline::State {
  explicit State(Parts given) : parts(std::move(given)) {}

  void Run();
  void CollectAndSend();
  [[nodiscard]] bool WaitForEnd(Clock::time_point deadline);
  /// False when the thread does not hang in its transport.
  [[nodiscard]] bool Abandon();
  bool Send(std::size_t index, const Request& request, Clock::time_point deadline);
  bool Settle(const Verdict& verdict, std::size_t points);
  void SetDelivered(bool delivered) {
    const std::lock_guard lock(mutex);
    if (!abandoned) last_delivered = delivered;
  }
  /// Once it is true, nothing that `collect` uses may be touched.
  [[nodiscard]] bool IsAbandoned() {
    const std::lock_guard lock(mutex);
    return abandoned;
  }

  Parts parts;
  WakeUp wake_up;
  std::atomic<std::uint64_t> flushes_wanted{0};

  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t flushes_done = 0;      // guarded by mutex
  std::uint64_t flushes_complete = 0;  // guarded by mutex; the last flush whose points were all delivered
  bool last_delivered = false;         // guarded by mutex; every request of the last collection, so far
  bool delivering = false;             // guarded by mutex; the thread is in the hands of the transport
  bool ended = false;                  // guarded by mutex
  bool abandoned = false;              // guarded by mutex
};

void MetricPipeline::State::Run() {
  StopSignal& stop = parts.delivery->stop();
  auto due = Clock::now() + parts.interval;
  while (!stop.requested()) {
    wake_up.Wait(due - Clock::now());
    const std::uint64_t wanted = flushes_wanted.load();
    const bool is_due = Clock::now() >= due;
    const bool is_wanted = [&] {
      const std::lock_guard lock(mutex);
      return wanted > flushes_done;
    }();
    if (stop.requested() || (!is_due && !is_wanted)) continue;
    CollectAndSend();
    if (is_due) due = std::max(due + parts.interval, Clock::now());
    const std::lock_guard lock(mutex);
    flushes_done = wanted;
    if (last_delivered) flushes_complete = wanted;
    changed.notify_all();
  }
  if (!IsAbandoned()) CollectAndSend();
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

void MetricPipeline::State::CollectAndSend() {
  const auto start = Clock::now();
  std::vector<Request> requests;
  try {
    requests = parts.collect();
  } catch (const std::exception& exception) {
    const Verdict verdict{.loss = Loss::kExportFailed, .rejected = 0, .detail = exception.what()};
    SetDelivered(false);
    if (parts.on_collect) parts.on_collect(Clock::now() - start, TypeName(&typeid(exception)));
    if (parts.on_verdict) parts.on_verdict(verdict, 0, Clock::now() - start);
    return;
  }
  if (parts.on_collect) parts.on_collect(Clock::now() - start, "");
  for (const Request& request : requests) parts.account->Submitted(request.items);
  SetDelivered(true);
  const auto deadline = parts.delivery->NewDeadline();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!Send(i, requests[i], deadline)) return;
    requests[i] = {};  // its memory
  }
}

/// False when the pipeline was abandoned meanwhile.
bool MetricPipeline::State::Send(std::size_t index, const Request& request, Clock::time_point deadline) {
  const auto start = Clock::now();
  {
    const std::lock_guard lock(mutex);
    delivering = true;
  }
  Verdict verdict{.loss = Loss::kExportFailed, .rejected = 0, .detail = ""};
  try {
    verdict = parts.delivery->Deliver(request, deadline);
  } catch (const std::exception& exception) {
    verdict.detail = exception.what();
  }
  const bool settled = Settle(verdict, request.items);
  if (settled && parts.settle) parts.settle(index, !verdict.loss);
  if (parts.on_verdict) parts.on_verdict(verdict, request.items, Clock::now() - start);
  return settled;
}

bool MetricPipeline::State::Settle(const Verdict& verdict, std::size_t points) {
  const std::lock_guard lock(mutex);
  if (abandoned) return false;
  delivering = false;
  if (verdict.spooled) return true;  // counted by the delivery
  const auto rejected = verdict.loss ? points : std::min<std::uint64_t>(verdict.rejected, points);
  parts.account->Failed(verdict.loss.value_or(Loss::kRejected), rejected);
  parts.account->Delivered(points - rejected);
  last_delivered = last_delivered && !verdict.loss && rejected == 0;
  return true;
}

bool MetricPipeline::State::WaitForEnd(Clock::time_point deadline) {
  std::unique_lock lock(mutex);
  return changed.wait_until(lock, deadline, [this] { return ended; });
}

bool MetricPipeline::State::Abandon() {
  const std::lock_guard lock(mutex);
  if (!delivering) return false;
  abandoned = true;
  last_delivered = false;
  parts.account->Failed(Loss::kShutdown, parts.account->in_flight());
  changed.notify_all();
  return true;
}

MetricPipeline::MetricPipeline(Parts parts) : state_(std::make_shared<State>(std::move(parts))) {
  worker_ = StartThread(state_->parts.thread_name, [state = state_] { state->Run(); });
}

MetricPipeline::~MetricPipeline() { Shutdown(kDestructorLimit); }

bool MetricPipeline::Flush(std::chrono::milliseconds limit) noexcept {
  State& state = *state_;
  const std::uint64_t wanted = state.flushes_wanted.fetch_add(1) + 1;
  state.wake_up.Notify();
  std::unique_lock lock(state.mutex);
  state.changed.wait_for(lock, limit, [&] { return state.flushes_done >= wanted || state.ended || state.abandoned; });
  return state.flushes_complete >= wanted;
}

void MetricPipeline::BeginShutdown(Clock::time_point deadline) noexcept {
  state_->parts.delivery->stop().Request(deadline);
  state_->wake_up.Notify();
}

bool MetricPipeline::FinishShutdown(std::chrono::milliseconds grace) noexcept {
  const std::lock_guard one_at_a_time(shutdown_mutex_);
  if (!worker_.joinable()) return shut_down_whole_;
  State& state = *state_;
  bool ended = state.WaitForEnd(state.parts.delivery->stop().deadline());
  if (!ended) {
    state.parts.delivery->Cancel();
    ended = state.WaitForEnd(Clock::now() + grace);
  }
  // After the deadline no new delivery begins, so a thread that is not in one ends when its collection does.
  if (ended || !state.Abandon()) {
    worker_.join();
  } else {
    worker_.detach();
  }
  const std::lock_guard lock(state.mutex);
  shut_down_whole_ = state.last_delivered;
  return shut_down_whole_;
}

bool MetricPipeline::Shutdown(std::chrono::milliseconds limit) noexcept {
  BeginShutdown(Clock::now() + limit * 9 / 10);
  return FinishShutdown(limit / 10);
}

}  // namespace guildscope::exporting
