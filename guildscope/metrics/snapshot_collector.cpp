#include "guildscope/metrics/snapshot_collector.hpp"

#include "guildscope/metrics/packed_values.hpp"

namespace guildscope::metrics {

void SnapshotCollector::BeginMetric(const MetricView& metric) {
  snapshot_.time = metric.time;
  snapshot_.metrics.push_back({.name = std::string(metric.name),
                               .unit = std::string(metric.unit),
                               .help = std::string(metric.help),
                               .kind = metric.kind,
                               .label_names = {metric.label_names.begin(), metric.label_names.end()},
                               .bounds = {metric.bounds.begin(), metric.bounds.end()},
                               .points = {},
                               .observed = metric.observed});
}

void SnapshotCollector::AddSeries(const SeriesView& series) {
  Metric& metric = snapshot_.metrics.back();
  Point& point = metric.points.emplace_back();
  if (!series.overflow) point.label_values = UnpackValues(series.packed_values, metric.label_names.size());
  point.value = series.is_integer ? static_cast<double>(series.integer) : series.number;
  point.count = series.count;
  point.sum = series.sum;
  point.bucket_counts.assign(series.bucket_counts.begin(), series.bucket_counts.end());
  point.start = series.start;
  point.overflow = series.overflow;
  point.exemplars.assign(series.exemplars.begin(), series.exemplars.end());
  if (series.exponential != nullptr) point.exponential = StoredExponential::Of(*series.exponential);
}

}  // namespace guildscope::metrics
