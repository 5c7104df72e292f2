#include <algorithm>
#include <exception>
#include <utility>

#include "guildscope/export/spooled_delivery_state.hpp"

/// The thread that sends: what Deliver hands to it, and the oldest of what is kept.
namespace guildscope::exporting {
namespace {

/// How long it sleeps at most: it makes what was written durable, and looks after a spool that cannot be used.
constexpr std::chrono::milliseconds kTick{1'000};

}  // namespace

void SpooledDelivery::State::Run() {
  Lock lock(mutex);
  while (!IsOver(Now())) {
    try {
      Step(lock);
    } catch (const std::exception& exception) {  // no memory, most likely
      if (!lock.owns_lock()) lock.lock();
      circuit.Failed(Now(), {});
      if (parts.on_retry) parts.on_retry(exception.what());
    }
  }
  lock.unlock();
  parts.spool->Sync();  // here, where nobody waits longer than the bound for a disk that hangs
  lock.lock();
  ended = true;
  changed.notify_all();
}

/// Does what is due, or waits.
void SpooledDelivery::State::Step(Lock& lock) {
  if (Now() >= next_tick) {
    next_tick = Now() + kTick;
    lock.unlock();
    Tick();
    lock.lock();
    return;
  }
  if (offer && !offer->taken) return SendOffer(lock);
  auto until = next_tick;
  const bool too_late = stop_deadline && Now() >= *stop_deadline;
  if (!too_late && !parts.spool->empty(parts.lane)) {
    const auto due = std::max(circuit.next_try(), replay_not_before);
    if (Now() >= due && SendOldest(lock)) return;
    if (Now() < due) until = std::min(until, due);
  }
  changed.wait_for(lock, until - Now());
}

bool SpooledDelivery::State::IsOver(TimePoint now) const {
  if (!stop_deadline) return false;
  if (now >= *stop_deadline) return finishing;
  return finishing && (circuit.is_open() || parts.spool->empty(parts.lane));
}

void SpooledDelivery::State::Tick() {
  parts.spool->Open();  // again, after a failure
  parts.spool->SyncWhenDue();
  if (parts.on_tick) parts.on_tick();
}

SpooledDelivery::State::TimePoint SpooledDelivery::State::AttemptEnd() const {
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

}  // namespace guildscope::exporting
