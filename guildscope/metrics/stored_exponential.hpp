#pragma once

#include <cstdint>
#include <vector>

#include "guildscope/metrics/collection.hpp"

namespace guildscope::metrics {

/// Exponential buckets that outlive the collection they come from.
struct StoredExponential {
  std::int32_t scale = 0;
  double zero_threshold = 0;
  std::uint64_t zero_count = 0;
  std::int32_t positive_offset = 0;
  std::vector<std::uint64_t> positive;
  std::int32_t negative_offset = 0;
  std::vector<std::uint64_t> negative;

  [[nodiscard]] static StoredExponential Of(const ExponentialBuckets& buckets);
  [[nodiscard]] ExponentialBuckets View() const noexcept;
  /// Makes the buckets as coarse as `to`, which is at most the scale.
  void Coarsen(std::int32_t to);
  /// Takes away what `earlier`, of the same scale, has.
  void Subtract(const StoredExponential& earlier);
};

}  // namespace guildscope::metrics
