#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "guildscope/metrics/collection.hpp"
#include "guildscope/metrics/descriptor.hpp"
#include "guildscope/metrics/stored_exponential.hpp"

namespace guildscope::metrics {

/// One series at one moment. Which fields mean something follows from the metric's kind.
struct Point {
  std::vector<std::string> label_values;     ///< In the order of Metric::label_names.
  double value = 0;                          ///< Counters and gauges. Counts up to 2^53 are exact.
  std::uint64_t count = 0;                   ///< Histograms.
  double sum = 0;                            ///< Histograms.
  std::vector<std::uint64_t> bucket_counts;  ///< Histograms: not cumulative, the last one is +Inf.
  /// The value counts from here on: it was nothing then. Not later than the first write.
  std::chrono::system_clock::time_point start;
  bool overflow = false;                              ///< The series that holds what went past the limit.
  std::vector<Exemplar> exemplars;                    ///< Histograms: by bucket, or empty.
  std::optional<StoredExponential> exponential = {};  ///< Histograms that have these buckets.
};

/// A metric and its series at one moment.
struct Metric {
  std::string name;  ///< OpenTelemetry's, the prefix put in.
  std::string unit;
  std::string help;
  Kind kind = Kind::kGauge;
  std::vector<std::string> label_names;
  std::vector<double> bounds;
  std::vector<Point> points;
  bool observed = false;  ///< Some of its values come from callbacks.
};

struct Snapshot {
  std::chrono::system_clock::time_point time;
  std::vector<Metric> metrics;
};

}  // namespace guildscope::metrics
