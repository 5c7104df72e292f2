#include "guildscope/testing/recorded_metrics.hpp"

namespace guildscope::testing {

std::optional<metrics::Point> FindPoint(metrics::Registry& registry, std::string_view metric,
                                        const std::vector<std::string>& label_values) {
  for (const metrics::Metric& candidate : registry.Collect().metrics) {
    if (candidate.name != metric) continue;
    for (const metrics::Point& point : candidate.points) {
      if (point.label_values == label_values) return point;
    }
  }
  return std::nullopt;
}

double ValueOf(metrics::Registry& registry, std::string_view metric, const std::vector<std::string>& label_values) {
  const auto point = FindPoint(registry, metric, label_values);
  return point ? point->value : 0;
}

std::uint64_t CountOf(metrics::Registry& registry, std::string_view metric,
                      const std::vector<std::string>& label_values) {
  const auto point = FindPoint(registry, metric, label_values);
  return point ? point->count : 0;
}

double TotalOf(metrics::Registry& registry, std::string_view metric) {
  double total = 0;
  for (const metrics::Metric& candidate : registry.Collect().metrics) {
    if (candidate.name != metric) continue;
    for (const metrics::Point& point : candidate.points) {
      total += candidate.kind == metrics::Kind::kHistogram ? static_cast<double>(point.count) : point.value;
    }
  }
  return total;
}

}  // namespace guildscope::testing
