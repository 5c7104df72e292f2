#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace guildscope::metrics::internal {

/// The bounds of a histogram, followed by infinities to a whole number of vectors.
[[nodiscard]] inline std::vector<double> PadBounds(std::span<const double> bounds) {
  std::vector<double> padded(bounds.begin(), bounds.end());
  padded.resize((bounds.size() + 3) / 4 * 4, std::numeric_limits<double>::infinity());
  return padded;
}

/// The first of `count` padded bounds that a finite value does not exceed, or `count`. Counted instead of searched: all
/// bounds are compared in less time than a search mispredicts once.
[[nodiscard]] inline std::uint32_t BucketOf(const double* padded_bounds, std::uint32_t count, double value) noexcept {
  using Doubles = double __attribute__((vector_size(16)));
  using Counts = long long __attribute__((vector_size(16)));
  const Doubles values{value, value};
  Counts even{};
  Counts odd{};
  for (std::uint32_t i = 0; i < count; i += 4) {
    Doubles first;
    Doubles second;
    std::memcpy(&first, padded_bounds + i, sizeof first);
    std::memcpy(&second, padded_bounds + i + 2, sizeof second);
    even += values > first;  // -1 where it is
    odd += values > second;
  }
  const Counts exceeded = even + odd;
  return static_cast<std::uint32_t>(-(exceeded[0] + exceeded[1]));
}

}  // namespace guildscope::metrics::internal
