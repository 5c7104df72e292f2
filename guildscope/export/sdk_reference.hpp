#pragma once

#include <opentelemetry/exporters/otlp/otlp_metric_utils.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/sdk/instrumentationscope/instrumentation_scope.h>
#include <opentelemetry/sdk/metrics/data/metric_data.h>
#include <opentelemetry/sdk/metrics/export/metric_producer.h>
#include <opentelemetry/sdk/resource/resource.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "guildscope/base/version.hpp"
#include "guildscope/metrics/snapshot.hpp"

/// What a snapshot is as OTLP when OpenTelemetry's own classes make the request: what our bytes are held against. For
/// tests. Its classes have one start time for all points of a metric, so a metric comes in as many parts as it has.
namespace guildscope::exporting::sdk_reference {

namespace otel = opentelemetry::sdk::metrics;

inline otel::InstrumentType TypeOf(metrics::Kind kind) {
  switch (kind) {
    case metrics::Kind::kCounter:
      return otel::InstrumentType::kCounter;
    case metrics::Kind::kUpDownCounter:
      return otel::InstrumentType::kUpDownCounter;
    case metrics::Kind::kHistogram:
      return otel::InstrumentType::kHistogram;
    case metrics::Kind::kGauge:
      break;
  }
  return otel::InstrumentType::kObservableGauge;
}

// By the unit and not by the value alone, so that a duration does not change its type when it is zero.
inline bool CountsThings(const metrics::Metric& metric) {
  return metric.unit.empty() || metric.unit == "By" || metric.unit.starts_with('{');
}

inline otel::ValueType Number(double value, bool counts_things) {
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (counts_things && std::abs(value) <= kExactIntegers && value == std::trunc(value)) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

inline otel::PointAttributes Attributes(const metrics::Metric& metric, const metrics::Point& point) {
  otel::PointAttributes attributes;
  if (point.overflow) {
    attributes.emplace("otel.metric.overflow", true);
    return attributes;
  }
  for (std::size_t i = 0; i < point.label_values.size(); ++i) {
    if (!point.label_values[i].empty()) attributes.emplace(metric.label_names[i], point.label_values[i]);
  }
  return attributes;
}

inline otel::PointType Data(const metrics::Metric& metric, const metrics::Point& point, bool counts_things) {
  switch (metric.kind) {
    case metrics::Kind::kHistogram: {
      otel::HistogramPointData data;
      data.boundaries_ = metric.bounds;
      data.counts_ = point.bucket_counts;
      data.count_ = point.count;
      data.sum_ = point.sum;
      data.record_min_max_ = false;
      return data;
    }
    case metrics::Kind::kGauge: {
      otel::LastValuePointData data;
      data.value_ = Number(point.value, counts_things);
      data.is_lastvalue_valid_ = true;
      return data;
    }
    case metrics::Kind::kCounter:
    case metrics::Kind::kUpDownCounter:
      break;
  }
  otel::SumPointData data;
  data.value_ = Number(point.value, counts_things);
  data.is_monotonic_ = metric.kind == metrics::Kind::kCounter;
  return data;
}

inline void AppendMetric(std::vector<otel::MetricData>& all, const metrics::Metric& metric,
                         std::chrono::system_clock::time_point now) {
  const bool counts_things = CountsThings(metric);
  std::map<std::chrono::system_clock::time_point, std::vector<otel::PointDataAttributes>> by_start;
  for (const metrics::Point& point : metric.points) {
    // A gauge is what it is now, whenever that began.
    const auto start = metric.kind == metrics::Kind::kGauge ? std::chrono::system_clock::time_point() : point.start;
    by_start[start].push_back({Attributes(metric, point), Data(metric, point, counts_things)});
  }
  for (auto& [start, points] : by_start) {
    otel::MetricData data;
    data.instrument_descriptor = {metric.name, metric.help, metric.unit, TypeOf(metric.kind),
                                  otel::InstrumentValueType::kDouble};
    data.aggregation_temporality = otel::AggregationTemporality::kCumulative;
    data.start_ts = start;
    data.end_ts = now;
    data.point_data_attr_ = std::move(points);
    all.push_back(std::move(data));
  }
}

inline opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest MakeRequest(
    const metrics::Snapshot& snapshot, const opentelemetry::sdk::resource::Resource& resource) {
  std::vector<otel::MetricData> all;
  for (const metrics::Metric& metric : snapshot.metrics) AppendMetric(all, metric, snapshot.time);
  const auto scope = opentelemetry::sdk::instrumentationscope::InstrumentationScope::Create(
      "guildscope", {Version().data(), Version().size()});
  otel::ResourceMetrics produced(&resource, std::vector<otel::ScopeMetrics>());
  produced.scope_metric_data_.emplace_back(scope.get(), std::move(all));
  opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest request;
  opentelemetry::exporter::otlp::OtlpMetricUtils::PopulateRequest(produced, &request);
  return request;
}

}  // namespace guildscope::exporting::sdk_reference
