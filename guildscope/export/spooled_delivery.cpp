#include "guildscope/export/spooled_delivery.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "guildscope/base/thread.hpp"

namespace guildscope::exporting {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// How long the thread sleeps at most: it makes what was written durable, and looks after a spool that cannot be used.
constexpr milliseconds kTick{1'000};
/// How long Deliver waits at most before it tries again to write what nobody takes.
constexpr milliseconds kWriteAgain{250};

}  // namespace

/// What the thread and the delivery share; the last of the two to go frees it.
struct SpooledDelivery::State {
  explicit State(Parts given) : parts(std::move(given)), circuit(parts.waits) {}

  /// A request that Deliver has given to the thread.
  struct Offer {
    Request request;
    bool taken = false;      // the thread sends it
    bool done = false;       // `reply` is there
    bool spooled = false;    // meanwhile it is on disk, as the oldest
    bool abandoned = false;  // meanwhile it is lost
    Reply reply;
  };
  using Lock = std::unique_lock<std::mutex>;

  // Of the pipeline's thread.
  [[nodiscard]] bool Store(const Request& request, bool attempted, bool front = false);
  [[nodiscard]] std::optional<Verdict> Hand(Lock& lock, const Request& request, TimePoint deadline, Verdict& last,
                                            bool& attempted);

  // Of the sending thread.
  void Run();
  [[nodiscard]] bool IsOver(TimePoint now) const;
  void SendOffer(Lock& lock);
  [[nodiscard]] bool SendOldest(Lock& lock);
  [[nodiscard]] TimePoint AttemptEnd() const;
  void Judge(const Reply& reply);
  void End(const Reply& reply, std::size_t items, bool attempted, std::chrono::nanoseconds took);
  void Tick();

  [[nodiscard]] TimePoint Now() const noexcept { return parts.clock->SteadyNow(); }

  const Parts parts;
  mutable std::mutex mutex;
  std::condition_variable changed;
  Circuit circuit;                         // guarded by mutex
  std::shared_ptr<Offer> offer;            // guarded by mutex
  TimePoint replay_not_before;             // guarded by mutex
  std::optional<TimePoint> stop_deadline;  // guarded by mutex
  bool finishing = false;                  // guarded by mutex; no Deliver comes any more
  bool ended = false;                      // guarded by mutex
  TimePoint next_tick;                     // of the sending thread
};

/// True when it is on disk now, and counted as such.
bool SpooledDelivery::State::Store(const Request& request, bool attempted, bool front) {
  const auto items = static_cast<std::uint32_t>(request.items);
  if (parts.spool->Put(parts.lane, {.items = items, .bytes = request.bytes, .attempted = attempted, .front = front}) ==
      0) {
    return false;
  }
  parts.account->Spooled(items);
  changed.notify_all();
  return true;
}

/// Lets the thread send it. Nothing when it failed and may be tried again; `last` says why.
std::optional<Verdict> SpooledDelivery::State::Hand(Lock& lock, const Request& request, TimePoint deadline,
                                                    Verdict& last, bool& attempted) {
  const auto mine = std::make_shared<Offer>();
  mine->request = request;
  offer = mine;
  changed.notify_all();
  const auto patience = std::min<std::chrono::nanoseconds>(parts.patience, deadline - Now());
  changed.wait_for(lock, patience, [&] { return mine->done; });
  if (!mine->done && mine->taken) {
    if (Store(request, true, true)) {
      mine->spooled = true;
      return Verdict{.loss = {}, .rejected = 0, .detail = "", .spooled = true};
    }
    changed.wait_for(lock, deadline - Now(), [&] { return mine->done; });
  }
  if (!mine->done) {
    mine->abandoned = mine->taken;
    if (!mine->taken) offer.reset();
    if (!mine->taken) return std::nullopt;  // the thread waits for a disk
    return Verdict{
        .loss = stop_deadline ? Loss::kShutdown : Loss::kTimeout, .rejected = 0, .detail = "no answer in time"};
  }
  const Reply& reply = mine->reply;
  attempted = attempted || reply.may_have_arrived;
  switch (reply.outcome) {
    case Reply::Outcome::kAccepted:
      if (attempted) parts.account->Resent(request.items);
      return Verdict{.loss = {}, .rejected = reply.rejected, .detail = reply.detail};
    case Reply::Outcome::kRefused:
      return Verdict{.loss = Loss::kExportFailed, .rejected = 0, .detail = reply.detail};
    case Reply::Outcome::kCancelled:
      last = {.loss = Loss::kShutdown, .rejected = 0, .detail = reply.detail};
      return std::nullopt;
    case Reply::Outcome::kTimeout:
      last = {.loss = Loss::kTimeout, .rejected = 0, .detail = reply.detail};
      return std::nullopt;
    case Reply::Outcome::kRetry:
      last = {.loss = Loss::kExportFailed, .rejected = 0, .detail = reply.detail};
      return std::nullopt;
  }
  return std::nullopt;
}

void SpooledDelivery::State::Run() {
  parts.spool->Open();
  Lock lock(mutex);
  while (!IsOver(Now())) {
    if (Now() >= next_tick) {
      lock.unlock();
      Tick();
      lock.lock();
      next_tick = Now() + kTick;
      continue;
    }
    if (offer && !offer->taken) {
      SendOffer(lock);
      continue;
    }
    auto until = next_tick;
    const bool too_late = stop_deadline && Now() >= *stop_deadline;
    if (!too_late && !parts.spool->empty(parts.lane)) {
      const auto due = std::max(circuit.next_try(), replay_not_before);
      if (Now() >= due && SendOldest(lock)) continue;
      if (Now() < due) until = std::min(until, due);
    }
    changed.wait_for(lock, until - Now());
  }
  ended = true;
  changed.notify_all();
}

bool SpooledDelivery::State::IsOver(TimePoint now) const {
  if (!stop_deadline) return false;
  if (now >= *stop_deadline) return finishing;
  return finishing && (circuit.is_open() || parts.spool->empty(parts.lane));
}

void SpooledDelivery::State::Tick() {
  parts.spool->SyncWhenDue();
  if (parts.on_tick) parts.on_tick();
}

TimePoint SpooledDelivery::State::AttemptEnd() const {
  const auto end = Now() + parts.policy.attempt_timeout;
  return stop_deadline ? std::min(end, *stop_deadline) : end;
}

void SpooledDelivery::State::SendOffer(Lock& lock) {
  const auto sent = offer;
  sent->taken = true;
  const auto end = AttemptEnd();
  const auto start = Now();
  lock.unlock();
  Reply reply = parts.transport->Send(sent->request, end);
  lock.lock();
  Judge(reply);
  if (sent->spooled) {
    End(reply, sent->request.items, false, Now() - start);
  } else if (!sent->abandoned) {
    sent->reply = std::move(reply);
    sent->done = true;
  }
  offer.reset();
  changed.notify_all();
}

/// False when there is nothing to be read now.
bool SpooledDelivery::State::SendOldest(Lock& lock) {
  auto record = parts.spool->Front(parts.lane);
  if (!record) return false;
  const Request request{.bytes = std::move(record->bytes), .items = record->items};
  const auto end = AttemptEnd();
  const auto start = Now();
  const std::chrono::duration<double> least(static_cast<double>(request.bytes.size()) /
                                            static_cast<double>(parts.replay_bytes_per_second));
  replay_not_before = start + std::chrono::duration_cast<std::chrono::nanoseconds>(least);
  lock.unlock();
  const Reply reply = parts.transport->Send(request, end);
  lock.lock();
  Judge(reply);
  End(reply, request.items, record->attempted, Now() - start);
  changed.notify_all();
  return true;
}

void SpooledDelivery::State::Judge(const Reply& reply) {
  switch (reply.outcome) {
    case Reply::Outcome::kAccepted:
    case Reply::Outcome::kRefused:
      return circuit.Succeeded();
    case Reply::Outcome::kRetry:
    case Reply::Outcome::kTimeout:
    case Reply::Outcome::kCancelled:
      return circuit.Failed(Now(), reply.retry_after);
  }
}

/// Of an attempt to send the oldest record.
void SpooledDelivery::State::End(const Reply& reply, std::size_t items, bool attempted, std::chrono::nanoseconds took) {
  Account& account = *parts.account;
  Verdict verdict{.loss = {}, .rejected = 0, .detail = reply.detail};
  switch (reply.outcome) {
    case Reply::Outcome::kAccepted:
      (void)parts.spool->Settle(parts.lane);
      verdict.rejected = std::min<std::uint64_t>(reply.rejected, items);
      account.Unspooled(items);
      account.Failed(Loss::kRejected, verdict.rejected);
      account.Delivered(items - verdict.rejected);
      account.Replayed(items - verdict.rejected);
      if (attempted) account.Resent(items);
      break;
    case Reply::Outcome::kRefused:
      (void)parts.spool->Settle(parts.lane);
      verdict.loss = Loss::kExportFailed;
      account.Unspooled(items);
      account.Failed(Loss::kExportFailed, items);
      break;
    default:
      if (parts.spool->Release(parts.lane, reply.may_have_arrived)) {
        if (parts.on_retry && reply.outcome != Reply::Outcome::kCancelled) parts.on_retry(reply.detail);
        return;
      }
      verdict.loss = Loss::kSpoolFull;
      account.Unspooled(items);
      account.Failed(Loss::kSpoolFull, items);
      break;
  }
  if (parts.on_verdict) parts.on_verdict(verdict, items, took);
}

SpooledDelivery::SpooledDelivery(Parts parts)
    : Delivery(parts.transport, parts.policy, *parts.clock), state_(std::make_shared<State>(std::move(parts))) {
  const auto& account = state_->parts.account;
  account->UseSpool();
  state_->parts.spool->SetEvents(state_->parts.lane,
                                 {.found =
                                      [account, on_found = state_->parts.on_found](std::uint64_t items) {
                                        account->Inherited(items);
                                        if (on_found) on_found(items);
                                      },
                                  .lost =
                                      [account](spool::Lost why, std::uint64_t items) {
                                        account->Unspooled(items);
                                        account->Failed(
                                            why == spool::Lost::kLimit ? Loss::kSpoolFull : Loss::kSpoolDamaged, items);
                                      }});
  stop().OnRequest([state = state_](TimePoint deadline) {
    {
      const std::lock_guard lock(state->mutex);
      state->stop_deadline = deadline;
    }
    state->changed.notify_all();
  });
  thread_ = StartThread(state_->parts.thread_name, [state = state_] { state->Run(); });
}

SpooledDelivery::~SpooledDelivery() {
  stop().Request(state_->Now());
  Finish(milliseconds(100));
}

Verdict SpooledDelivery::Deliver(const Request& request, TimePoint total_deadline) {
  State& state = *state_;
  state.parts.spool->Open();  // what an earlier process left behind comes first
  const Verdict kept{.loss = {}, .rejected = 0, .detail = "", .spooled = true};
  {
    // At the end everything goes to the disk first: what is still in the queue must not wait for a slow collector.
    const std::lock_guard lock(state.mutex);
    if ((state.parts.write_ahead || state.stop_deadline) && state.Store(request, false)) return kept;
  }
  Verdict last{.loss = Loss::kTimeout, .rejected = 0, .detail = ""};
  bool attempted = false;
  State::Lock lock(state.mutex);
  while (true) {
    const auto deadline = std::min(total_deadline, state.stop_deadline.value_or(TimePoint::max()));
    const bool time_left = state.Now() < deadline;
    if (time_left && !state.offer && state.circuit.MayTry(state.Now()) && state.parts.spool->empty(state.parts.lane)) {
      if (auto verdict = state.Hand(lock, request, deadline, last, attempted)) return *verdict;
    }
    if (state.Store(request, attempted)) {
      Verdict verdict = kept;
      verdict.detail = last.detail;
      return verdict;
    }
    if (state.Now() >= deadline) {
      if (state.stop_deadline) last.loss = Loss::kShutdown;
      if (last.detail.empty()) last.detail = "the spool cannot be written, and no time was left";
      return last;
    }
    const auto until = std::min(
        {deadline, state.Now() + kWriteAgain, std::max(state.circuit.next_try(), state.Now() + milliseconds(1))});
    state.changed.wait_for(lock, until - state.Now());
  }
}

bool SpooledDelivery::WaitUntilSent(milliseconds limit) {
  State& state = *state_;
  state.parts.spool->Open();
  State::Lock lock(state.mutex);
  return state.changed.wait_for(lock, limit, [&] {
    return state.parts.spool->empty(state.parts.lane) || state.ended;
  }) && state.parts.spool->empty(state.parts.lane);
}

void SpooledDelivery::Finish(milliseconds grace) {
  if (!thread_.joinable()) return;
  State& state = *state_;
  State::Lock lock(state.mutex);
  state.finishing = true;
  state.changed.notify_all();
  const auto left = state.stop_deadline ? *state.stop_deadline - state.Now() : std::chrono::nanoseconds(0);
  if (!state.changed.wait_for(lock, left, [&] { return state.ended; })) {
    lock.unlock();
    Cancel();
    lock.lock();
    state.changed.wait_for(lock, grace, [&] { return state.ended; });
  }
  const bool ended = state.ended;
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

}  // namespace guildscope::exporting
