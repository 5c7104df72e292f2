#pragma once

#include "guildscope/logging/record.hpp"

#include <opentelemetry/logs/logger.h>
#include <opentelemetry/nostd/shared_ptr.h>

namespace guildscope::logging {

/// The logger of that name of OpenTelemetry's global provider.
[[nodiscard]] opentelemetry::nostd::shared_ptr<opentelemetry::logs::Logger> GlobalLogger(std::string_view name);

/// Hands a record to OpenTelemetry. A record that is made while another is handed over on the same thread (an exporter
/// that logs) is left out, or it would never end.
void Emit(opentelemetry::logs::Logger& logger, const Record& record);

}  // namespace guildscope::logging
