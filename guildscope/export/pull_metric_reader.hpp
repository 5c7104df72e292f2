#pragma once

#include <opentelemetry/sdk/metrics/metric_reader.h>

#include "guildscope/config/telemetry_options.hpp"

namespace guildscope::exporting {

/// A reader that collects when it is asked to, and never by itself: how what others recorded with OpenTelemetry's API
/// comes into the same requests as the registry.
class PullMetricReader final : public opentelemetry::sdk::metrics::MetricReader {
 public:
  explicit PullMetricReader(config::MetricTemporality preference = config::MetricTemporality::kCumulative)
      : preference_(preference) {}

  opentelemetry::sdk::metrics::AggregationTemporality GetAggregationTemporality(
      opentelemetry::sdk::metrics::InstrumentType type) const noexcept override {
    using opentelemetry::sdk::metrics::AggregationTemporality;
    using opentelemetry::sdk::metrics::InstrumentType;
    const bool added = type == InstrumentType::kCounter || type == InstrumentType::kHistogram;
    const bool observed = type == InstrumentType::kObservableCounter;
    const bool delta = (added && preference_ != config::MetricTemporality::kCumulative) ||
                       (observed && preference_ == config::MetricTemporality::kDelta);
    return delta ? AggregationTemporality::kDelta : AggregationTemporality::kCumulative;
  }

 private:
  bool OnForceFlush(std::chrono::microseconds) noexcept override { return true; }
  bool OnShutDown(std::chrono::microseconds) noexcept override { return true; }

  const config::MetricTemporality preference_;
};

}  // namespace guildscope::exporting
