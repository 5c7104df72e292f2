#include "guildscope/export/metric_encoder.hpp"

#include <opentelemetry/exporters/otlp/otlp_metric_utils.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

namespace guildscope::exporting {
namespace {

using opentelemetry::proto::metrics::v1::Metric;

int Points(const Metric& metric) {
  switch (metric.data_case()) {
    case Metric::kGauge:
      return metric.gauge().data_points_size();
    case Metric::kSum:
      return metric.sum().data_points_size();
    case Metric::kHistogram:
      return metric.histogram().data_points_size();
    case Metric::kExponentialHistogram:
      return metric.exponential_histogram().data_points_size();
    case Metric::kSummary:
      return metric.summary().data_points_size();
    case Metric::DATA_NOT_SET:
      break;
  }
  return 0;
}

}  // namespace

Request EncodeMetrics(const opentelemetry::sdk::metrics::ResourceMetrics& metrics) {
  opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest request;
  opentelemetry::exporter::otlp::OtlpMetricUtils::PopulateRequest(metrics, &request);
  std::size_t points = 0;
  for (const auto& resource : request.resource_metrics()) {
    for (const auto& scope : resource.scope_metrics()) {
      for (const Metric& metric : scope.metrics()) points += static_cast<std::size_t>(Points(metric));
    }
  }
  return {request.SerializeAsString(), points};
}

}  // namespace guildscope::exporting
