#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "guildscope/metrics/snapshot.hpp"

/// Reads a snapshot the way a test wants to: by name.
namespace guildscope::metrics {

/// Throws std::out_of_range when there is no such metric.
[[nodiscard]] inline Metric Find(const Snapshot& snapshot, const std::string& name) {
  for (const Metric& metric : snapshot.metrics) {
    if (metric.name == name) return metric;
  }
  throw std::out_of_range("no metric " + name);
}

/// The series of a metric in their order: label values joined by commas ("(overflow)" for that series), and the value.
/// Empty when there is no such metric.
[[nodiscard]] inline std::vector<std::pair<std::string, double>> Values(const Snapshot& snapshot,
                                                                        const std::string& name) {
  std::vector<std::pair<std::string, double>> values;
  for (const Metric& metric : snapshot.metrics) {
    if (metric.name != name) continue;
    for (const Point& point : metric.points) {
      std::string labels = point.overflow ? "(overflow)" : "";
      for (std::size_t i = 0; i < point.label_values.size(); ++i) {
        labels.append(i == 0 ? "" : ",").append(point.label_values[i]);
      }
      values.emplace_back(std::move(labels), point.value);
    }
  }
  return values;
}

}  // namespace guildscope::metrics
