#include "guildscope/export/metric_source.hpp"

#include <opentelemetry/exporters/otlp/otlp_metric_utils.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <utility>

#include "guildscope/base/version.hpp"
#include "guildscope/export/resource.hpp"
#include "guildscope/export/temporality.hpp"

namespace guildscope::exporting {
namespace {

namespace proto = opentelemetry::proto;
using proto::metrics::v1::Metric;

/// Deltas of the SDK that wait for a collector that is down; past this, the oldest go.
constexpr std::size_t kMostHeldBytes = 4 * 1024 * 1024;

std::string EncodedScope() {
  proto::common::v1::InstrumentationScope scope;
  scope.set_name("guildscope");
  scope.set_version(std::string(Version()));
  return scope.SerializeAsString();
}

std::size_t PointsOf(const Metric& metric) {
  switch (metric.data_case()) {
    case Metric::kGauge:
      return static_cast<std::size_t>(metric.gauge().data_points_size());
    case Metric::kSum:
      return static_cast<std::size_t>(metric.sum().data_points_size());
    case Metric::kHistogram:
      return static_cast<std::size_t>(metric.histogram().data_points_size());
    case Metric::kExponentialHistogram:
      return static_cast<std::size_t>(metric.exponential_histogram().data_points_size());
    case Metric::kSummary:
      return static_cast<std::size_t>(metric.summary().data_points_size());
    case Metric::DATA_NOT_SET:
      break;
  }
  return 0;
}

/// Hands on what the registry tells, as it is or as what changed.
class Telling final : public metrics::Collector {
 public:
  Telling(OtlpMetricWriter& writer, DeltaMemory& memory, config::MetricTemporality preference)
      : writer_(writer), memory_(memory), preference_(preference) {}

  void BeginMetric(const metrics::MetricView& metric) override {
    if (delta_) memory_.EndMetric(writer_);
    delta_ = IsDelta(preference_, metric.kind, metric.observed);
    writer_.BeginMetric(metric, delta_);
    if (delta_) memory_.BeginMetric(metric);
  }
  void AddSeries(const metrics::SeriesView& series) override {
    if (delta_) {
      memory_.AddSeries(series, writer_);
    } else {
      writer_.AddPoint(series);
    }
  }
  void Finish() {
    if (delta_) memory_.EndMetric(writer_);
    if (preference_ != config::MetricTemporality::kCumulative) memory_.EndCollection(writer_);
  }

 private:
  OtlpMetricWriter& writer_;
  DeltaMemory& memory_;
  const config::MetricTemporality preference_;
  bool delta_ = false;
};

}  // namespace

MetricSource::MetricSource(metrics::Registry& registry, const opentelemetry::sdk::resource::Resource& resource,
                           std::shared_ptr<opentelemetry::sdk::metrics::MetricReader> sdk_metrics, Options options,
                           const Clock& clock)
    : registry_(registry),
      sdk_metrics_(std::move(sdk_metrics)),
      options_(options),
      resource_(resource),
      writer_(ToProto(resource).SerializeAsString(), EncodedScope(), options.limits, clock.Now()) {}

std::vector<Request> MetricSource::Collect() {
  writer_.Reset();  // of a collection that threw
  memory_.BeginCollection(delivered_);
  Telling telling(writer_, memory_, options_.temporality);
  registry_.Collect(telling);
  telling.Finish();
  CollectSdk();
  AddScopes();
  std::vector<Request> requests = writer_.Finish();
  delivered_.assign(requests.size(), false);
  return requests;
}

void MetricSource::CollectSdk() {
  std::size_t held_bytes = 0;
  std::vector<Scope> held;
  if (options_.temporality != config::MetricTemporality::kCumulative) {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (delivered_.at(scope->request) || held_bytes + scope->bytes.size() > kMostHeldBytes) continue;
      held_bytes += scope->bytes.size();
      held.insert(held.begin(), std::move(*scope));
    }
  }
  scopes_ = std::move(held);
  sdk_collected_ = true;
  if (sdk_metrics_ == nullptr || sdk_metrics_->IsShutdown()) return;

  sdk_collected_ = sdk_metrics_->Collect([this](opentelemetry::sdk::metrics::ResourceMetrics& others) {
    proto::collector::metrics::v1::ExportMetricsServiceRequest request;
    opentelemetry::exporter::otlp::OtlpMetricUtils::PopulateRequest(others, &request);
    for (const auto& resource : request.resource_metrics()) {
      for (const auto& scope : resource.scope_metrics()) {
        std::size_t points = 0;
        for (const Metric& metric : scope.metrics()) points += PointsOf(metric);
        if (points != 0) scopes_.push_back({scope.SerializeAsString(), points});
      }
    }
    return true;
  });
}

void MetricSource::AddScopes() {
  for (Scope& scope : scopes_) scope.request = writer_.AddScope(scope.bytes, scope.points);
}

void MetricSource::Settle(std::size_t request, bool delivered) noexcept {
  if (request < delivered_.size()) delivered_[request] = delivered;
}

}  // namespace guildscope::exporting
