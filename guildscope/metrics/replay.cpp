#include "guildscope/metrics/replay.hpp"

#include <cmath>
#include <cstdint>

#include "guildscope/metrics/packed_values.hpp"

namespace guildscope::metrics {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

SeriesView View(const Point& point, std::string_view packed) {
  SeriesView view;
  view.packed_values = packed;
  view.plain = IsPlain(packed);
  view.overflow = point.overflow;
  view.start = point.start;
  view.number = point.value;
  view.is_integer = std::abs(point.value) <= kExactIntegers && point.value == std::trunc(point.value);
  if (view.is_integer) view.integer = static_cast<std::int64_t>(point.value);
  view.count = point.count;
  view.sum = point.sum;
  view.bucket_counts = point.bucket_counts;
  view.exemplars = point.exemplars;
  return view;
}

}  // namespace

void Replay(const Snapshot& snapshot, Collector& collector) {
  for (const Metric& metric : snapshot.metrics) {
    if (metric.points.empty()) continue;
    collector.BeginMetric({.name = metric.name,
                           .unit = metric.unit,
                           .help = metric.help,
                           .kind = metric.kind,
                           .label_names = metric.label_names,
                           .bounds = metric.bounds,
                           .time = snapshot.time,
                           .observed = metric.observed});
    for (const Point& point : metric.points) {
      const std::vector<std::string_view> values(point.label_values.begin(), point.label_values.end());
      const std::string packed = PackValues(values);
      SeriesView view = View(point, packed);
      ExponentialBuckets exponential;
      if (point.exponential) {
        exponential = point.exponential->View();
        view.exponential = &exponential;
      }
      collector.AddSeries(view);
    }
  }
}

}  // namespace guildscope::metrics
