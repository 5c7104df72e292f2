#include "guildscope/metrics/series_table.hpp"

#include <bit>
#include <utility>

namespace guildscope::metrics {
namespace {

constexpr std::size_t kFewest = 8;

/// Four of five entries used, at most: longer runs are slow to search.
bool IsFull(std::size_t used, std::size_t capacity) { return used > capacity / 5 * 4; }

}  // namespace

SeriesTable::SeriesTable() : seed_(HashSeed()), current_(std::make_unique<Slots>(kFewest)), slots_(current_.get()) {}

void SeriesTable::Put(Slots& slots, const Series& series) noexcept {
  const std::uint64_t hash = HashPacked(series.packed_values(), seed_);
  std::size_t i = hash & slots.mask;
  while (slots.entries[i].load(std::memory_order_relaxed) != kEmpty) i = (i + 1) & slots.mask;
  slots.entries[i].store(internal::RefOf(&series) | Tag(hash) << internal::kBlockRefBits);
}

void SeriesTable::Reserve() {
  const std::size_t capacity = current_->mask + 1;
  if (!IsFull(used_ + 1, capacity)) return;
  // Of the same size again, when it is full of what was erased.
  const std::size_t wanted = IsFull(2 * (size() + 1), capacity) ? 2 * capacity : capacity;
  auto larger = std::make_unique<Slots>(wanted);
  outgrown_.reserve(outgrown_.size() + 1);
  ForEach([&](const Series& series) { Put(*larger, series); });
  used_ = size();
  slots_.store(larger.get());
  outgrown_.push_back(std::exchange(current_, std::move(larger)));
}

void SeriesTable::Insert(Series& series) noexcept {
  Put(*current_, series);
  ++used_;
  size_.fetch_add(1, std::memory_order_relaxed);
}

void SeriesTable::Erase(const Series& series) noexcept {
  const std::uint64_t hash = HashPacked(series.packed_values(), seed_);
  const std::uint32_t entry = internal::RefOf(&series) | Tag(hash) << internal::kBlockRefBits;
  std::size_t i = hash & current_->mask;
  while (current_->entries[i].load(std::memory_order_relaxed) != entry) i = (i + 1) & current_->mask;
  current_->entries[i].store(kErased);
  size_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace guildscope::metrics
