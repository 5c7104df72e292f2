#pragma once

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/metrics/descriptor.hpp"

namespace guildscope::exporting {

/// Whether a metric is sent as what was added since the last export. OpenTelemetry's specification, "OTLP exporter",
/// OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: `delta` for all counters and histograms, `lowmemory` for those
/// that are not observed. An up-down counter is always cumulative, and a gauge has no temporality.
[[nodiscard]] constexpr bool IsDelta(config::MetricTemporality preference, metrics::Kind kind, bool observed) noexcept {
  if (kind != metrics::Kind::kCounter && kind != metrics::Kind::kHistogram) return false;
  switch (preference) {
    case config::MetricTemporality::kCumulative:
      return false;
    case config::MetricTemporality::kDelta:
      return true;
    case config::MetricTemporality::kLowMemory:
      return !observed;
  }
  return false;
}

}  // namespace guildscope::exporting
