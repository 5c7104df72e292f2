#include "guildscope/metrics/series.hpp"

#include <cstring>
#include <memory>
#include <new>

#include "guildscope/metrics/exemplar_slots.hpp"

namespace guildscope::metrics {

using internal::AllocateBlock;
using internal::At;
using internal::BlockRef;
using internal::FreeBlock;

BlockRef SeriesOwner::Make(Family& family, std::uint32_t cells, bool ends_in_double, ExemplarFilter exemplars,
                           std::uint32_t exemplar_slots) {
  const BlockRef owner = AllocateBlock(sizeof(SeriesOwner), alignof(SeriesOwner));
  new (At(owner)) SeriesOwner{.family = &family,
                              .cells = cells,
                              .ends_in_double = ends_in_double,
                              .exemplars = exemplars,
                              .exemplar_slots = exemplar_slots};
  return owner;
}

void SeriesOwner::Release(BlockRef owner) noexcept {
  auto& users = static_cast<SeriesOwner*>(At(owner))->users;
  if (users.fetch_sub(1, std::memory_order_acq_rel) == 1) FreeBlock(owner, sizeof(SeriesOwner), alignof(SeriesOwner));
}

Series::Series(BlockRef owner, std::uint32_t first_cell, std::string_view packed_values,
               std::chrono::system_clock::time_point start, bool overflow) noexcept
    : first_cell_(first_cell),
      owner_(owner),
      values_size_(static_cast<std::uint16_t>(packed_values.size())),
      plain_(IsPlain(packed_values)),
      overflow_(overflow),
      start_(std::bit_cast<Time>(start)) {
  if (!packed_values.empty())
    std::memcpy(reinterpret_cast<char*>(this + 1), packed_values.data(), packed_values.size());
  if (this->owner().keeps_exemplars()) std::construct_at(&slots(), BlockRef{0});
}

std::size_t Series::BlockSize(const SeriesOwner& owner, std::size_t values_size) noexcept {
  const std::size_t rounded = (values_size + internal::kBlockUnit - 1) / internal::kBlockUnit * internal::kBlockUnit;
  return sizeof(Series) + (owner.keeps_exemplars() ? rounded + sizeof(std::atomic<BlockRef>) : values_size);
}

std::atomic<BlockRef>& Series::slots() const noexcept {
  static_assert(sizeof(std::atomic<BlockRef>) == internal::kBlockUnit);
  const std::size_t at = BlockSize(owner(), values_size_) - sizeof(std::atomic<BlockRef>);
  return *reinterpret_cast<std::atomic<BlockRef>*>(reinterpret_cast<char*>(const_cast<Series*>(this)) + at);
}

void Series::OfferExemplar(std::uint32_t bucket, double value, const Clock& clock) noexcept {
  const ExemplarFilter filter = owner().exemplars;
  if (filter == ExemplarFilter::kAlwaysOff) return;
  if (filter == ExemplarFilter::kTraceBased && !internal::this_thread.in_sampled_span) return;
  const BlockRef block = internal::GetOrMakeSlots(slots(), owner().exemplar_slots);
  if (block != 0) internal::SlotsAt(block)[bucket].Offer(value, clock);
}

bool Series::TakeExemplars(std::span<Exemplar> exemplars, std::chrono::system_clock::time_point until) const noexcept {
  const BlockRef block = owner().keeps_exemplars() ? slots().load(std::memory_order_acquire) : 0;
  if (block == 0) return false;
  bool any = false;
  for (std::size_t bucket = 0; bucket < exemplars.size(); ++bucket) {
    exemplars[bucket] = internal::SlotsAt(block)[bucket].Take(until);
    // One from before belongs to the series that was removed, whose place this one took.
    if (exemplars[bucket].time < start()) exemplars[bucket] = {};
    any = any || exemplars[bucket].present();
  }
  return any;
}

Series* Series::Make(BlockRef owner, std::string_view packed_values, std::chrono::system_clock::time_point start,
                     bool overflow) {
  SeriesOwner& shared = *static_cast<SeriesOwner*>(At(owner));
  const std::size_t size = BlockSize(shared, packed_values.size());
  const BlockRef block = AllocateBlock(size);
  try {
    const internal::CellRun run = internal::AllocateCells(shared.cells, shared.ends_in_double);
    shared.users.fetch_add(1, std::memory_order_relaxed);
    return new (At(block)) Series(owner, run.first, packed_values, start, overflow);
  } catch (const std::bad_alloc&) {
    FreeBlock(block, size);
    throw;
  }
}

void Series::Release() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) Destroy(internal::CellReader());
}

void Series::Destroy(const internal::CellReader& reader) noexcept {
  reader.Free(run());
  const BlockRef owner_ref = owner_;
  if (owner().keeps_exemplars()) {
    const BlockRef block = slots().load(std::memory_order_acquire);
    if (block != 0) internal::FreeSlots(block, owner().exemplar_slots);
  }
  FreeBlock(internal::RefOf(this), BlockSize(owner(), values_size_));
  SeriesOwner::Release(owner_ref);
}

}  // namespace guildscope::metrics
