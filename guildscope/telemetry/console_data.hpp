#pragma once

#include <string>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope {

/// What the console shows in numbers, as JSON: which process this is, and of some metrics the same values as `/metrics`
/// has, summed over the labels that the console does not part (guild_id above all), so that thousands of guilds are no
/// more to send than one. A metric without series is not there.
///
///     {"time": 1767225600.25,                    when it was collected, in seconds since 1970
///      "service": {"name", "version", "instance", "environment"}, "prometheus": true, "otlp": false,
///      "metrics": {
///        "commands": {"name": "disruptor_discord_commands_total", "series": [{"labels": {"status": "success"},
///        "value": 3}]}, "query_duration": {"name": …, "count": 12, "sum": 0.5, "bounds": […], "buckets": […]}}}   not
///        cumulative
///
/// Cost: one collection of the registry, about 20 ns a series, and its callbacks.
/// Threads: any.
[[nodiscard]] std::string ConsoleData(metrics::Registry& registry, const config::TelemetryOptions& options);

}  // namespace guildscope
