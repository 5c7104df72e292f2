#include "guildscope/metrics/series_order.hpp"

#include <algorithm>

namespace guildscope::metrics {
namespace {

using internal::BlockRef;

std::string_view Values(BlockRef series) noexcept {
  return static_cast<Series*>(internal::At(series))->packed_values();
}

bool ByValues(BlockRef a, BlockRef b) noexcept { return PackedLess(Values(a), Values(b)); }

/// Moves the elements behind so far back that each of `places` (sorted; places before the insertion) has a gap.
template <typename T>
void OpenGaps(std::vector<T>& elements, const std::vector<std::size_t>& places) {
  std::size_t end = elements.size();
  elements.resize(elements.size() + places.size());
  for (std::size_t gaps = places.size(); gaps > 0; --gaps) {
    const auto begin = elements.begin();
    std::move_backward(begin + static_cast<std::ptrdiff_t>(places[gaps - 1]), begin + static_cast<std::ptrdiff_t>(end),
                       begin + static_cast<std::ptrdiff_t>(end + gaps));
    end = places[gaps - 1];
  }
}

}  // namespace

void SeriesOrder::Insert(std::vector<BlockRef> added) {
  if (added.empty()) return;
  std::sort(added.begin(), added.end(), ByValues);
  std::vector<std::size_t> places;
  places.reserve(added.size());
  auto from = refs_.begin();
  for (const BlockRef series : added) {
    from = std::lower_bound(from, refs_.end(), series, ByValues);
    places.push_back(static_cast<std::size_t>(from - refs_.begin()));
  }
  // No more than is needed: doubling would cost as much as the table of the series.
  const std::size_t size = refs_.size() + added.size();
  if (size > refs_.capacity()) refs_.reserve(size + size / 16);
  if (watches_series_) watches_.reserve(refs_.capacity());
  OpenGaps(refs_, places);
  for (std::size_t i = 0; i < added.size(); ++i) refs_[places[i] + i] = added[i];
  if (!watches_series_) return;
  OpenGaps(watches_, places);
  for (std::size_t i = 0; i < added.size(); ++i) watches_[places[i] + i] = Watch{};
}

void SeriesOrder::Erase(std::vector<const Series*> erased) noexcept {
  if (erased.empty()) return;
  std::sort(erased.begin(), erased.end());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < refs_.size(); ++i) {
    if (std::binary_search(erased.begin(), erased.end(), &(*this)[i])) continue;
    refs_[kept] = refs_[i];
    if (watches_series_) watches_[kept] = watches_[i];
    ++kept;
  }
  refs_.resize(kept);
  if (watches_series_) watches_.resize(kept);
}

}  // namespace guildscope::metrics
