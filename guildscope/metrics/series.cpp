#include "guildscope/metrics/series.hpp"

#include <cstring>
#include <new>

namespace guildscope::metrics {

using internal::AllocateBlock;
using internal::At;
using internal::BlockRef;
using internal::FreeBlock;

BlockRef SeriesOwner::Make(Family& family, std::uint32_t cells, bool ends_in_double) {
  const BlockRef owner = AllocateBlock(sizeof(SeriesOwner), alignof(SeriesOwner));
  new (At(owner)) SeriesOwner{.family = &family, .cells = cells, .ends_in_double = ends_in_double};
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
}

Series* Series::Make(BlockRef owner, std::string_view packed_values, std::chrono::system_clock::time_point start,
                     bool overflow) {
  SeriesOwner& shared = *static_cast<SeriesOwner*>(At(owner));
  const BlockRef block = AllocateBlock(sizeof(Series) + packed_values.size());
  try {
    const internal::CellRun run = internal::AllocateCells(shared.cells, shared.ends_in_double);
    shared.users.fetch_add(1, std::memory_order_relaxed);
    return new (At(block)) Series(owner, run.first, packed_values, start, overflow);
  } catch (const std::bad_alloc&) {
    FreeBlock(block, sizeof(Series) + packed_values.size());
    throw;
  }
}

void Series::Release() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) Destroy(internal::CellReader());
}

void Series::Destroy(const internal::CellReader& reader) noexcept {
  reader.Free(run());
  const BlockRef owner = owner_;
  FreeBlock(internal::RefOf(this), sizeof(Series) + values_size_);
  SeriesOwner::Release(owner);
}

}  // namespace guildscope::metrics
