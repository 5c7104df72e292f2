#include "guildscope/metrics/exemplar_slots.hpp"

#include <memory>
#include <new>
#include <type_traits>

#include "guildscope/metrics/cells.hpp"

namespace guildscope::metrics::internal {

static_assert(std::is_trivially_destructible_v<ExemplarSlot>);

bool ExemplarSlot::Lock(State from) noexcept {
  return state_.compare_exchange_strong(from, State::kBusy, std::memory_order_acquire, std::memory_order_relaxed);
}

void ExemplarSlot::Offer(double value, const Clock& clock) noexcept {
  const State state = state_.load(std::memory_order_relaxed);
  if (state == State::kFresh || state == State::kBusy || !Lock(state)) return;
  const SpanIdentity& span = CurrentSpan();
  exemplar_ = {.value = value, .time = clock.Now(), .trace_id = span.trace_id, .span_id = span.span_id};
  state_.store(State::kFresh, std::memory_order_release);
}

Exemplar ExemplarSlot::Take(std::chrono::system_clock::time_point until) noexcept {
  const State state = state_.load(std::memory_order_relaxed);
  if (state == State::kEmpty || state == State::kBusy || !Lock(state)) return {};
  const Exemplar exemplar = exemplar_;
  const bool counted = exemplar.time <= until;
  state_.store(counted ? State::kTold : state, std::memory_order_release);
  return counted ? exemplar : Exemplar();
}

BlockRef GetOrMakeSlots(std::atomic<BlockRef>& place, std::uint32_t buckets) noexcept {
  BlockRef slots = place.load(std::memory_order_acquire);
  if (slots != 0) [[likely]]
    return slots;
  try {
    const BlockRef made = AllocateBlock(buckets * sizeof(ExemplarSlot), alignof(ExemplarSlot));
    std::uninitialized_default_construct_n(SlotsAt(made), buckets);
    if (place.compare_exchange_strong(slots, made, std::memory_order_acq_rel)) return made;
    FreeSlots(made, buckets);
    return slots;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

void FreeSlots(BlockRef slots, std::uint32_t buckets) noexcept {
  FreeBlock(slots, buckets * sizeof(ExemplarSlot), alignof(ExemplarSlot));
}

}  // namespace guildscope::metrics::internal
