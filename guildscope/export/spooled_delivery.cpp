#include "guildscope/export/spooled_delivery.hpp"

#include <algorithm>
#include <utility>

#include "guildscope/base/thread.hpp"
#include "guildscope/export/spooled_delivery_state.hpp"

namespace guildscope::exporting {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// How long Deliver waits at most before it tries again to write what nobody takes.
constexpr milliseconds kWriteAgain{250};

}  // namespace

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
  Verdict kept{.loss = {}, .rejected = 0, .detail = "", .spooled = true};
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
