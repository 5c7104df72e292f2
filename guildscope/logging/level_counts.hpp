#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace guildscope::logging {

/// Of records by level: kDebug to kCritical.
using LevelCounts = std::array<std::uint64_t, 5>;

/// Percent of a queue that records of a level may fill: who is less important leaves room for who is more.
inline constexpr LevelCounts kLevelShares{50, 70, 85, 100, 100};

/// What a level may fill of a queue; at least one.
[[nodiscard]] constexpr std::uint64_t ShareOf(std::uint64_t capacity, std::size_t level) noexcept {
  const std::uint64_t share = capacity / 100 * kLevelShares[level] + capacity % 100 * kLevelShares[level] / 100;
  return share == 0 ? 1 : share;
}

}  // namespace guildscope::logging
