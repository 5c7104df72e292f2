#pragma once

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/config/variables.hpp"

namespace guildscope::config {

/// OTEL_EXPORTER_OTLP_* and OTEL_{TRACES,METRICS,LOGS}_EXPORTER.
void ApplyOtlpEnvironment(TelemetryOptions& options, Variables& variables);

}  // namespace guildscope::config
