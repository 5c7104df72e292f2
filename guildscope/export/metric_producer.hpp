#pragma once

#include <memory>

#include "guildscope/metrics/registry.hpp"
#include "opentelemetry/sdk/instrumentationscope/instrumentation_scope.h"
#include "opentelemetry/sdk/metrics/export/metric_producer.h"
#include "opentelemetry/sdk/metrics/metric_reader.h"
#include "opentelemetry/sdk/resource/resource.h"

/// The registry's road to OTLP. SDK 1.19 gives each MetricReader exactly one MetricProducer, so the registry's producer
/// takes that place and brings the SDK's own metrics along:
///
///   auto sdk_metrics = std::make_shared<PullMetricReader>();
///   meter_provider->AddMetricReader(sdk_metrics);          // what others recorded with OpenTelemetry's API
///   RegistryMetricProducer producer(registry, resource, sdk_metrics);
///   periodic_reader->SetMetricProducer(&producer);         // starts its thread; not given to the meter provider
namespace guildscope::exporting {

/// A reader that collects when it is asked to, and never by itself.
class PullMetricReader final : public opentelemetry::sdk::metrics::MetricReader {
 public:
  opentelemetry::sdk::metrics::AggregationTemporality GetAggregationTemporality(
      opentelemetry::sdk::metrics::InstrumentType) const noexcept override {
    return opentelemetry::sdk::metrics::AggregationTemporality::kCumulative;
  }

 private:
  bool OnForceFlush(std::chrono::microseconds) noexcept override { return true; }
  bool OnShutDown(std::chrono::microseconds) noexcept override { return true; }
};

/// Everything in a registry as the SDK's metric data, with cumulative temporality: counters are monotonic sums, up-down
/// counters are non-monotonic ones, gauges are last values. Values of metrics that count things or bytes are integers
/// wherever they are whole. A label without a value is no attribute; the series of what went past the limit carries
/// otel.metric.overflow = true. A metric some of whose series were removed and began anew comes in as many parts as
/// there are start times, because the SDK's data has one start time for all points of a metric.
///
/// Threads: Produce may be called from any, also at once. Lifetime: the registry must outlive it; it must outlive its
/// reader, and the data that it produced, which points to its resource and scope.
/// Cost: one collection of the registry, and a map for the attributes of each series.
class RegistryMetricProducer final : public opentelemetry::sdk::metrics::MetricProducer {
 public:
  /// `sdk_metrics`, when given, is a reader that was added to a MeterProvider; its metrics follow the registry's.
  explicit RegistryMetricProducer(
      metrics::Registry& registry,
      opentelemetry::sdk::resource::Resource resource = opentelemetry::sdk::resource::Resource::GetDefault(),
      std::shared_ptr<opentelemetry::sdk::metrics::MetricReader> sdk_metrics = nullptr);
  ~RegistryMetricProducer() override;

  /// kFailure when the SDK's metrics could not be collected (the registry's are in the result all the same), or when
  /// there was no memory for the registry's.
  Result Produce() noexcept override;

 private:
  metrics::Registry& registry_;
  const opentelemetry::sdk::resource::Resource resource_;
  const std::unique_ptr<opentelemetry::sdk::instrumentationscope::InstrumentationScope> scope_;
  const std::shared_ptr<opentelemetry::sdk::metrics::MetricReader> sdk_metrics_;
};

}  // namespace guildscope::exporting
