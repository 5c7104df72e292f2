#pragma once

#include "guildscope/config/schema.hpp"
#include "guildscope/config/telemetry_options.hpp"

namespace guildscope::config {

/// Adds the fields `monitoring.*` and `logging.*` to a schema. A bot adds its own beside them.
void AddTelemetryFields(Schema& schema, TelemetryOptions& options);

/// Applies OpenTelemetry's standard variables over what the file said: they win. Throws ConfigError with every problem.
/// As the OpenTelemetry specification says: an empty variable is unset; unparsable numbers and unknown enum values are reported
/// in `warnings` and ignored; values that would silently change where data goes (endpoints, protocols, files) are problems.
void ApplyOpenTelemetryEnvironment(TelemetryOptions& options, const Environment& environment,
                                   std::vector<std::string>& warnings);

}  // namespace guildscope::config
