#include "guildscope/export/transports.hpp"

#include <iostream>

#include "guildscope/export/console_transport.hpp"
#include "guildscope/export/grpc_transport.hpp"
#include "guildscope/export/http_transport.hpp"

namespace guildscope::exporting {

std::unique_ptr<Transport> MakeTransport(Signal signal, config::Exporter exporter, const config::OtlpOptions& otlp) {
  // stderr, as for log lines: stdout belongs to what programs print for machines.
  if (exporter == config::Exporter::kConsole) return std::make_unique<ConsoleTransport>(signal, std::cerr);
  if (otlp.protocol == config::OtlpProtocol::kGrpc) return std::make_unique<GrpcTransport>(signal, otlp);
  return std::make_unique<HttpTransport>(signal, otlp);
}

std::string ExporterType(Signal signal, config::Exporter exporter, config::OtlpProtocol protocol) {
  std::string road = protocol == config::OtlpProtocol::kGrpc ? "otlp_grpc_" : "otlp_http_";
  if (exporter == config::Exporter::kConsole) road = "console_";
  switch (signal) {
    case Signal::kTraces:
      return road + "span_exporter";
    case Signal::kMetrics:
      return road + "metric_exporter";
    case Signal::kLogs:
      return road + "log_exporter";
  }
  return road;
}

}  // namespace guildscope::exporting
