#pragma once

#include "guildscope/config/schema.hpp"
#include "guildscope/config/telemetry_options.hpp"

namespace guildscope::config {

/// Adds the fields `monitoring.otlp.*`: of all signals, of each, and of what is kept on disk.
void AddOtlpFields(Schema& schema, TelemetryOptions& options);

}  // namespace guildscope::config
