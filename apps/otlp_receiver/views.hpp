#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "guildscope/testing/otlp_store.hpp"

/// What arrived, as people and scripts read it.
namespace guildscope::otlp_receiver {

/// {"spans": {name: count}, "logs": {logger: count}, "metric_points": {metric: count}}
[[nodiscard]] nlohmann::json CountsView(const testing::OtlpStore& store);

/// [{"name", "unit", "attributes", "value", "service"}]: the newest point of each series. A histogram's value is
/// {"count", "sum"}.
[[nodiscard]] nlohmann::json LatestMetricsView(const testing::OtlpStore& store);

/// [{"trace_id", "service", "spans": [{"name", "kind", "ms", "status", "attributes", "links", "children": [...]}]}]:
/// the newest traces, the newest first. With a name, only those that have a span of that name. A span whose parent did
/// not arrive is shown at the top.
[[nodiscard]] nlohmann::json TracesView(const testing::OtlpStore& store, const std::string& name, std::size_t limit);

/// [{"time", "logger", "severity", "body", "attributes", "trace_id"}]: the newest records of a logger (empty: of all),
/// the newest first.
[[nodiscard]] nlohmann::json LogsView(const testing::OtlpStore& store, const std::string& logger, std::size_t limit);

}  // namespace guildscope::otlp_receiver
