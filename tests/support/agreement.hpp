#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope::testing {

/// What came of comparing two roads.
struct Agreement {
  std::size_t equal = 0;                   ///< Series that both roads have, with the same value.
  std::set<std::string> moved;             ///< Names some series of which were not the same before and after.
  std::vector<std::string> disagreements;  ///< One line a series.
};

/// Compares all samples of one road with what another said just before and just after: names, labels and values, none
/// too many and none missing. Metrics that `may_move` (never at rest, whatever the bot does) are held to less: a
/// counter between before and after, a gauge anything, and a series may have come or gone meanwhile.
///
/// Values may differ by one in 10^12: VictoriaMetrics keeps decimal numbers. `le` is compared as a number.
[[nodiscard]] Agreement Compare(std::vector<Sample> before, std::vector<Sample> between, std::vector<Sample> after,
                                const std::function<bool(const std::string& name)>& may_move);

/// A name of what only grows as long as a process lives.
[[nodiscard]] bool OnlyGrows(std::string_view name);

/// Metrics of the product that move while nothing happens: the clock, the process, and the telemetry that is being
/// asked.
[[nodiscard]] bool IsNeverAtRest(const std::string& name);

}  // namespace guildscope::testing
