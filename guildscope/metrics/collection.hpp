#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/metrics/descriptor.hpp"

namespace guildscope::metrics {

/// A value that was recorded inside a sampled span, so that a histogram's bucket leads to a trace. Without ids: it was
/// recorded outside of one, see ExemplarFilter::kAlwaysOn.
struct Exemplar {
  double value = 0;
  std::chrono::system_clock::time_point time;
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};

  [[nodiscard]] bool present() const noexcept { return time != std::chrono::system_clock::time_point(); }
  [[nodiscard]] bool has_ids() const noexcept { return trace_id != decltype(trace_id)(); }
};

/// What a collection says of a metric before its series.
struct MetricView {
  std::string_view name;  ///< OpenTelemetry's, the prefix put in.
  std::string_view unit;
  std::string_view help;
  Kind kind = Kind::kGauge;
  std::span<const std::string> label_names;
  std::span<const double> bounds;              ///< Histograms.
  std::chrono::system_clock::time_point time;  ///< When the collection began; the same for all metrics.
  bool observed = false;                       ///< Some of its values come from callbacks.
};

/// A histogram's values by powers of 2^(2^-scale) (OTLP's data model, "ExponentialHistogram"): bucket i of `positive`
/// has the values above base^(positive_offset + i) and up to base^(positive_offset + i + 1).
struct ExponentialBuckets {
  std::int32_t scale = 0;  ///< -10 to 20. Only goes down during the life of a series.
  double zero_threshold = 0;
  std::uint64_t zero_count = 0;  ///< Values from -zero_threshold to zero_threshold.
  std::int32_t positive_offset = 0;
  std::span<const std::uint64_t> positive;
  std::int32_t negative_offset = 0;
  std::span<const std::uint64_t> negative;
};

/// One series at one moment. Which fields mean something follows from the metric's kind.
struct SeriesView {
  /// The label values in the order of MetricView::label_names, parted by kValueSeparator (0xFF, which valid UTF-8 never
  /// has). An empty value: the series does not have that label.
  std::string_view packed_values;
  /// No value has a character that Prometheus' formats escape.
  bool plain = true;
  /// The series that holds what went past the limit; it has no label values.
  bool overflow = false;
  /// The value counts from here on: it was nothing then. Not later than the first write.
  std::chrono::system_clock::time_point start;

  bool is_integer = true;  ///< Counters, up-down counters and gauges: which of the next two holds the value.
  std::int64_t integer = 0;
  double number = 0;

  std::uint64_t count = 0;                          ///< Histograms.
  double sum = 0;                                   ///< Histograms.
  std::span<const std::uint64_t> bucket_counts;     ///< Histograms: not cumulative, the last one is +Inf.
  std::span<const Exemplar> exemplars;              ///< Histograms: by bucket, where present. Or empty.
  const ExponentialBuckets* exponential = nullptr;  ///< Histograms that have them; bucket_counts may be empty then.
};

/// Takes what a collection says, metric by metric, sorted by name, and the series of each, sorted by their label values
/// (the overflow series last). A metric without series is not told. The views are valid during the call.
class Collector {
 public:
  virtual ~Collector() = default;
  virtual void BeginMetric(const MetricView& metric) = 0;
  virtual void AddSeries(const SeriesView& series) = 0;
};

}  // namespace guildscope::metrics
