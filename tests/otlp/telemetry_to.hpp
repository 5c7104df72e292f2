#pragma once

#include "guildscope/telemetry/telemetry.hpp"
#include "guildscope/testing/otlp_receiver.hpp"

namespace guildscope {

/// Options that send every signal to a receiver, over one protocol, and wait for nothing but a flush.
inline config::TelemetryOptions OptionsFor(const testing::OtlpReceiver& receiver, config::OtlpProtocol protocol) {
  using testing::OtlpSignal;
  config::TelemetryOptions options;
  options.otlp_enabled = true;
  options.health_server.enabled = false;
  const bool grpc = protocol == config::OtlpProtocol::kGrpc;
  for (auto& [otlp, signal] :
       {std::pair{&options.traces.otlp, OtlpSignal::kTraces}, std::pair{&options.metrics.otlp, OtlpSignal::kMetrics},
        std::pair{&options.logs.otlp, OtlpSignal::kLogs}}) {
    otlp->protocol = protocol;
    otlp->endpoint = grpc ? receiver.grpc_endpoint() : receiver.http_endpoint(signal);
  }
  options.traces.batch.schedule_delay = std::chrono::hours(1);
  options.logs.batch.schedule_delay = std::chrono::hours(1);
  options.metrics.export_interval = std::chrono::hours(1);
  return options;
}

inline constexpr std::chrono::seconds kPatience{60};  ///< For a machine that is busy with other things.

}  // namespace guildscope
