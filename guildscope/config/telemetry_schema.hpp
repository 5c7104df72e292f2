#pragma once

#include <string>
#include <vector>

#include "guildscope/config/schema.hpp"
#include "guildscope/config/telemetry_options.hpp"

namespace guildscope::config {

/// Adds the fields `monitoring.*` and `logging.*` to a schema. A bot adds its own beside them.
void AddTelemetryFields(Schema& schema, TelemetryOptions& options);

/// Applies OpenTelemetry's standard variables over what the file said: they win. Throws ConfigError with every problem.
/// As the OpenTelemetry specification says: an empty variable is unset; unparsable numbers and unknown enum values are
/// reported in `warnings` and ignored; values that would silently change where data goes (endpoints, protocols, files)
/// are problems.
///
/// The variable of one signal wins over the general one. Where neither names a protocol, the endpoint's port does if it
/// is 4317 (gRPC) or 4318 (HTTP). An endpoint turns monitoring.otlp.enabled on; one for a single signal, for that
/// signal.
void ApplyOpenTelemetryEnvironment(TelemetryOptions& options, const Environment& environment,
                                   std::vector<std::string>& warnings);

/// schema.Load and ApplyOpenTelemetryEnvironment, with the problems of both in one ConfigError. `options` must be the
/// ones that were given to AddTelemetryFields.
void LoadWithOpenTelemetry(Schema& schema, TelemetryOptions& options, const std::string& path,
                           const Environment& environment, std::vector<std::string>& warnings);

/// What of the options must never be printed, for the redactor: header values, and passwords inside endpoints.
[[nodiscard]] std::vector<std::string> SecretValues(const TelemetryOptions& options);

}  // namespace guildscope::config
