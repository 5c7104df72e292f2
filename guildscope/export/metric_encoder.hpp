#pragma once

#include <opentelemetry/sdk/metrics/export/metric_producer.h>

#include "guildscope/export/signal.hpp"

namespace guildscope::exporting {

/// An ExportMetricsServiceRequest of collected metrics, and the number of points in it.
[[nodiscard]] Request EncodeMetrics(const opentelemetry::sdk::metrics::ResourceMetrics& metrics);

}  // namespace guildscope::exporting
