#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "guildscope/telemetry/telemetry.hpp"

namespace guildscope {

/// What the telemetry says of itself about one signal: `span`, `log` or `metric_data_point`.
struct Books {
  double processed = 0;  ///< Handed to the exporter.
  double dropped = 0;    ///< Lost before.
  double delivered = 0;
  double failed = 0;  ///< Lost on the way.
  double in_flight = 0;
  double waiting = 0;
  std::map<std::string, double> reasons;  ///< Of everything lost.

  [[nodiscard]] double lost() const { return dropped + failed; }
  [[nodiscard]] double recorded() const { return processed + dropped; }
};

inline Books ReadBooks(metrics::Registry& registry, const std::string& signal) {
  constexpr std::size_t kErrorType = 2;
  Books books;
  for (const metrics::Metric& metric : registry.Collect().metrics) {
    for (const metrics::Point& point : metric.points) {
      const auto add = [&](double& good, double& bad) {
        const std::string& reason = point.label_values.at(kErrorType);
        (reason.empty() ? good : bad) += point.value;
        if (!reason.empty() && point.value != 0) books.reasons[reason] += point.value;
      };
      if (metric.name == "otel.sdk.processor." + signal + ".processed") add(books.processed, books.dropped);
      if (metric.name == "otel.sdk.exporter." + signal + ".exported") add(books.delivered, books.failed);
      if (metric.name == "otel.sdk.exporter." + signal + ".inflight") books.in_flight += point.value;
      if (metric.name == "otel.sdk.processor." + signal + ".queue.size") books.waiting += point.value;
    }
  }
  return books;
}

/// The sum of a metric's points, of those with this value of its first label if it has one.
inline double ReadMetric(metrics::Registry& registry, const std::string& name, const std::string& label = "") {
  double sum = 0;
  for (const metrics::Metric& metric : registry.Collect().metrics) {
    if (metric.name != name) continue;
    for (const metrics::Point& point : metric.points) {
      if (label.empty() || point.label_values.at(0) == label) sum += point.value;
    }
  }
  return sum;
}

}  // namespace guildscope
