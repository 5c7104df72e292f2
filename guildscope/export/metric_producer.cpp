#include "guildscope/export/metric_producer.hpp"

#include <cmath>
#include <cstdint>
#include <exception>
#include <map>
#include <string>
#include <utility>

#include "guildscope/base/version.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry::sdk::metrics;

otel::InstrumentType TypeOf(metrics::Kind kind) {
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
bool CountsThings(const metrics::Metric& metric) {
  return metric.unit.empty() || metric.unit == "By" || metric.unit.starts_with('{');
}

otel::ValueType Number(double value, bool counts_things) {
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (counts_things && std::abs(value) <= kExactIntegers && value == std::trunc(value)) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

otel::PointAttributes Attributes(const metrics::Metric& metric, const metrics::Point& point) {
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

otel::PointType Data(const metrics::Metric& metric, const metrics::Point& point, bool counts_things) {
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

void AppendMetric(std::vector<otel::MetricData>& all, const metrics::Metric& metric,
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

std::vector<otel::MetricData> Convert(const metrics::Snapshot& snapshot) {
  std::vector<otel::MetricData> all;
  all.reserve(snapshot.metrics.size());
  for (const metrics::Metric& metric : snapshot.metrics) AppendMetric(all, metric, snapshot.time);
  return all;
}

}  // namespace

RegistryMetricProducer::RegistryMetricProducer(metrics::Registry& registry,
                                               opentelemetry::sdk::resource::Resource resource,
                                               std::shared_ptr<otel::MetricReader> sdk_metrics)
    : registry_(registry),
      resource_(std::move(resource)),
      scope_(opentelemetry::sdk::instrumentationscope::InstrumentationScope::Create(
                 "guildscope", {Version().data(), Version().size()})
                 .release()),
      sdk_metrics_(std::move(sdk_metrics)) {}

RegistryMetricProducer::~RegistryMetricProducer() = default;

otel::MetricProducer::Result RegistryMetricProducer::Produce() noexcept {
  Result result{otel::ResourceMetrics(&resource_, std::vector<otel::ScopeMetrics>()), Status::kSuccess};
  std::vector<otel::ScopeMetrics>& scopes = result.points_.scope_metric_data_;
  try {
    scopes.emplace_back(scope_.get(), Convert(registry_.Collect()));
  } catch (const std::exception&) {  // no memory
    result.status_ = Status::kFailure;
    return result;
  }
  if (sdk_metrics_ == nullptr || sdk_metrics_->IsShutdown()) return result;

  const bool collected = sdk_metrics_->Collect([&scopes](otel::ResourceMetrics& others) {
    for (otel::ScopeMetrics& scope : others.scope_metric_data_) scopes.push_back(std::move(scope));
    return true;
  });
  if (!collected) result.status_ = Status::kFailure;
  return result;
}

}  // namespace guildscope::exporting
