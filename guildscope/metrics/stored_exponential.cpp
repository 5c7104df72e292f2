#include "guildscope/metrics/stored_exponential.hpp"

#include <algorithm>

namespace guildscope::metrics {
namespace {

using Counts = std::vector<std::uint64_t>;

/// A scale less by one has buckets twice as wide: i becomes i / 2, rounded down.
void CoarsenSide(std::int32_t& offset, Counts& counts, std::int32_t by) {
  if (!counts.empty()) {
    const std::int32_t first = offset >> by;
    const std::int32_t last = (offset + static_cast<std::int32_t>(counts.size()) - 1) >> by;
    Counts merged(static_cast<std::size_t>(last - first) + 1);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      merged[static_cast<std::size_t>(((offset + static_cast<std::int32_t>(i)) >> by) - first)] += counts[i];
    }
    counts = std::move(merged);
  }
  offset >>= by;
}

void SubtractSide(std::int32_t offset, Counts& counts, std::int32_t earlier_offset, const Counts& earlier) {
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    const std::int64_t at = std::int64_t{earlier_offset} + static_cast<std::int64_t>(i) - offset;
    if (at < 0 || at >= static_cast<std::int64_t>(counts.size())) continue;
    std::uint64_t& count = counts[static_cast<std::size_t>(at)];
    count -= std::min(count, earlier[i]);
  }
}

}  // namespace

StoredExponential StoredExponential::Of(const ExponentialBuckets& buckets) {
  return {.scale = buckets.scale,
          .zero_threshold = buckets.zero_threshold,
          .zero_count = buckets.zero_count,
          .positive_offset = buckets.positive_offset,
          .positive = {buckets.positive.begin(), buckets.positive.end()},
          .negative_offset = buckets.negative_offset,
          .negative = {buckets.negative.begin(), buckets.negative.end()}};
}

ExponentialBuckets StoredExponential::View() const noexcept {
  return {.scale = scale,
          .zero_threshold = zero_threshold,
          .zero_count = zero_count,
          .positive_offset = positive_offset,
          .positive = positive,
          .negative_offset = negative_offset,
          .negative = negative};
}

void StoredExponential::Coarsen(std::int32_t to) {
  const std::int32_t by = scale - to;
  if (by <= 0) return;
  CoarsenSide(positive_offset, positive, by);
  CoarsenSide(negative_offset, negative, by);
  scale = to;
}

void StoredExponential::Subtract(const StoredExponential& earlier) {
  zero_count -= std::min(zero_count, earlier.zero_count);
  SubtractSide(positive_offset, positive, earlier.positive_offset, earlier.positive);
  SubtractSide(negative_offset, negative, earlier.negative_offset, earlier.negative);
}

}  // namespace guildscope::metrics
