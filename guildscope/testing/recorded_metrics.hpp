#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "guildscope/metrics/registry.hpp"

namespace guildscope::testing {

/// The series with these label values now; nothing when there is none.
[[nodiscard]] std::optional<metrics::Point> FindPoint(metrics::Registry& registry, std::string_view metric,
                                                      const std::vector<std::string>& label_values);

/// The value of a counter or a gauge; 0 when there is no such series.
[[nodiscard]] double ValueOf(metrics::Registry& registry, std::string_view metric,
                             const std::vector<std::string>& label_values);

/// How many values a histogram's series has; 0 when there is no such series.
[[nodiscard]] std::uint64_t CountOf(metrics::Registry& registry, std::string_view metric,
                                    const std::vector<std::string>& label_values);

/// The sum of a counter's values (of a histogram: of its counts) over all its series.
[[nodiscard]] double TotalOf(metrics::Registry& registry, std::string_view metric);

}  // namespace guildscope::testing
