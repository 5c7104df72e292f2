#pragma once

#include <opentelemetry/proto/resource/v1/resource.pb.h>

#include <chrono>
#include <memory>
#include <vector>

#include "guildscope/base/redactor.hpp"
#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/batch_pipeline.hpp"
#include "guildscope/export/flight_recovery.hpp"
#include "guildscope/export/item.hpp"
#include "guildscope/export/log_listener.hpp"
#include "guildscope/export/span_listener.hpp"
#include "guildscope/flight_recorder/recorder.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope::exporting {

/// The flight recorder of this process, and the recovery of what others left in its directory.
///
/// Lifetime: the registry must outlive it.
class Flight {
 public:
  /// Null when it is off, and when it cannot start, which is told in one line.
  [[nodiscard]] static std::unique_ptr<Flight> Start(const config::TelemetryOptions& options,
                                                     const opentelemetry::proto::resource::v1::Resource& resource,
                                                     const std::shared_ptr<const Redactor>& redactor,
                                                     metrics::Registry& registry, const logging::Logger& logger);

  /// For the sinks of the tracer and the logger.
  [[nodiscard]] std::shared_ptr<SpanListener> span_listener() const;
  [[nodiscard]] std::shared_ptr<LogListener> log_listener() const;

  /// Tells the recorder what a pipeline delivers: returns an encoder to take the place of the one that is given, and
  /// replaces `on_verdict`. The items are WireItems.
  [[nodiscard]] std::unique_ptr<Encoder> Follow(Signal signal, std::unique_ptr<Encoder> encoder, OnVerdict& on_verdict);

  /// Once. A delivery may be null.
  void Recover(std::unique_ptr<Delivery> traces, std::unique_ptr<Delivery> logs);

  /// Before the exporters end.
  void StopRecovery(std::chrono::milliseconds limit) noexcept;
  /// After the exporters have: the process leaves nothing behind.
  void EndCleanly() noexcept { recorder_->EndCleanly(); }

 private:
  Flight(const config::TelemetryOptions& options, const opentelemetry::proto::resource::v1::Resource& resource,
         const std::shared_ptr<const Redactor>& redactor, metrics::Registry& registry, const logging::Logger& logger);

  const std::shared_ptr<const Redactor> redactor_;
  metrics::Registry& registry_;
  const logging::Logger logger_;
  const std::shared_ptr<flight::Recorder> recorder_;
  std::unique_ptr<FlightRecovery> recovery_;
  std::vector<metrics::Subscription> subscriptions_;
};

}  // namespace guildscope::exporting
