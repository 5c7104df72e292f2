#pragma once

#include <string>
#include <string_view>

#include "guildscope/metrics/descriptor.hpp"

/// OpenTelemetry's names as Prometheus' own OTLP receiver translates them (with suffixes and without UTF-8 names), so
/// that one dashboard works whichever road a metric took. Source of the rules: "Prometheus and OpenMetrics
/// Compatibility" of the OpenTelemetry specification, and Prometheus' otlptranslator for what that leaves open.
namespace guildscope::metrics {

/// The unit's suffix: "s" is "seconds", "By/s" is "bytes_per_second"; "1", "" and "{annotation}" are "".
[[nodiscard]] std::string PrometheusUnit(std::string_view unit);

/// The name of the metric: "disruptor.scheduler.jobs" is "disruptor_scheduler_jobs_total" as a counter. A histogram's
/// samples have `_bucket`, `_sum` and `_count` behind it.
[[nodiscard]] std::string PrometheusName(std::string_view name, std::string_view unit, Kind kind);

/// The name of a label: "db.system.name" is "db_system_name", "_x" is "key_x", "1st" is "key_1st".
[[nodiscard]] std::string PrometheusLabelName(std::string_view name);

}  // namespace guildscope::metrics
