#pragma once

#include <memory>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/transport.hpp"

namespace guildscope::exporting {

/// The transport that the options ask for; never for Exporter::kNone. Throws std::invalid_argument or
/// std::runtime_error that says what is wrong: an endpoint that is none, a file that cannot be read.
[[nodiscard]] std::unique_ptr<Transport> MakeTransport(Signal signal, config::Exporter exporter,
                                                       const config::OtlpOptions& otlp);

/// `otlp_grpc_span_exporter` and the like: otel.component.type.
[[nodiscard]] std::string ExporterType(Signal signal, config::Exporter exporter, config::OtlpProtocol protocol);

}  // namespace guildscope::exporting
