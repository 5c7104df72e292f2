#pragma once

#include <opentelemetry/sdk/metrics/metric_reader.h>
#include <opentelemetry/sdk/resource/resource.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/base/clock.hpp"
#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/delta_memory.hpp"
#include "guildscope/export/otlp_metric_writer.hpp"
#include "guildscope/export/signal.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope::exporting {

/// The registry's road to OTLP: collects it straight into the bytes of requests, and puts what others recorded with
/// OpenTelemetry's API behind it. What each request holds: see otlp_metric_writer.hpp.
///
/// With a temporality of deltas a value counts as sent when its request was delivered. What was not is added to what
/// comes next, whose start time then is that of the last delivery; of a series that has gone since, it is sent by
/// itself. So a collector that is down loses nothing. One that took a request and could not say so gets it twice.
///
/// Threads: one. Lifetime: the registry and the clock must outlive it.
/// Cost: one collection of the registry, some 25 ns a point; with deltas some 100 bytes a series are kept.
class MetricSource {
 public:
  struct Options {
    config::MetricTemporality temporality = config::MetricTemporality::kCumulative;
    RequestLimits limits = {};
  };

  /// `sdk_metrics`, when given, is a reader that was added to a MeterProvider.
  MetricSource(metrics::Registry& registry, const opentelemetry::sdk::resource::Resource& resource,
               std::shared_ptr<opentelemetry::sdk::metrics::MetricReader> sdk_metrics, Options options,
               const Clock& clock = RealClock());

  /// At least one request. Metrics of the SDK that cannot be collected are left out: see error_type.
  [[nodiscard]] std::vector<Request> Collect();

  /// What became of a request of the last Collect. Those that nobody settles count as not delivered.
  void Settle(std::size_t request, bool delivered) noexcept;

  /// Why the last collection lacks something; empty when it was whole.
  [[nodiscard]] std::string_view error_type() const noexcept { return sdk_collected_ ? "" : "sdk_not_collected"; }

 private:
  /// A ScopeMetrics of the SDK's, encoded.
  struct Scope {
    std::string bytes;
    std::size_t points = 0;
    std::size_t request = 0;
  };

  void CollectSdk();
  void AddScopes();

  metrics::Registry& registry_;
  const std::shared_ptr<opentelemetry::sdk::metrics::MetricReader> sdk_metrics_;
  const Options options_;
  const opentelemetry::sdk::resource::Resource resource_;  // what the SDK's data points to
  OtlpMetricWriter writer_;
  DeltaMemory memory_;
  std::vector<Scope> scopes_;    // of the last collection; with deltas, those that were not delivered stay
  std::vector<bool> delivered_;  // by request of the last collection
  bool sdk_collected_ = true;    // by the last collection
};

}  // namespace guildscope::exporting
