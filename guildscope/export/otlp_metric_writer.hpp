#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/export/signal.hpp"
#include "guildscope/metrics/collection.hpp"

namespace guildscope::exporting {

/// What a request of metric points may hold at most. Receivers of gRPC take 4 MiB by default.
struct RequestLimits {
  std::size_t points = 8192;
  std::size_t bytes = 3'500'000;  ///< A point that is longer alone is sent alone.
};

/// Writes ExportMetricsServiceRequests (opentelemetry-proto 1.5, collector/metrics/v1 and metrics/v1) byte by byte,
/// without the classes that are made for them: what is the same for the points of a metric is encoded once, and a
/// length that is not known yet gets room and is filled in later.
///
/// Counters are monotonic sums, up-down counters are non-monotonic ones. Values of metrics that count things or bytes
/// are integers wherever they are whole. A gauge's point has no start time: it is what it is, whenever that began. A
/// label without a value is no attribute; the series of what went past the limit carries otel.metric.overflow = true.
/// Each point has its own start time: the series', never later than the collection, never 1970.
///
/// Cost: some 20 ns a point with one label beside the bytes themselves. Threads: one.
class OtlpMetricWriter {
 public:
  /// `resource` is an encoded Resource, `scope` an encoded InstrumentationScope. A series that does not say when it
  /// began gets `earliest`.
  OtlpMetricWriter(std::string resource, std::string scope, RequestLimits limits,
                   std::chrono::system_clock::time_point earliest);

  /// `delta`: its points are sent as what was added since their start.
  void BeginMetric(const metrics::MetricView& metric, bool delta);
  /// The series as it is to be sent. Returns the index of the request that it went into.
  std::size_t AddPoint(const metrics::SeriesView& series);
  /// The same for a series that was last seen at another time than the metric's.
  std::size_t AddPoint(const metrics::SeriesView& series, std::chrono::system_clock::time_point time);

  /// A ScopeMetrics of other origin, encoded, with so many points. It goes into the last request if it fits.
  /// Returns the index of the request that it went into.
  std::size_t AddScope(std::string_view encoded, std::size_t points);

  /// What was written: at least one request, with the resource alone when there was nothing. The writer begins anew.
  [[nodiscard]] std::vector<Request> Finish();
  /// Forgets what was written since the last Finish.
  void Reset() noexcept;

 private:
  /// Writes a message's tag and leaves room for its length; returns where that is.
  std::size_t Open(char tag);
  /// Fills in the length, if the message is open.
  void Close(std::size_t& length_at) noexcept;
  void OpenResource();
  void OpenMetric(bool exponential);
  void CloseMetric() noexcept;
  void EndRequest();
  /// Ends the request when it would become too large.
  void Limit(std::size_t bytes, std::size_t points);
  char* Reserve(std::size_t bytes);
  [[nodiscard]] std::size_t used() const noexcept { return static_cast<std::size_t>(end_ - bytes_.data()); }

  [[nodiscard]] std::size_t AttributesSize(const metrics::SeriesView& series) noexcept;
  char* PutAttributes(char* to, char tag, const metrics::SeriesView& series) const noexcept;
  char* PutTimes(char* to, const metrics::SeriesView& series) const noexcept;
  /// Opens what must be open for a point of this size, and writes its tag and its size.
  char* BeginPoint(std::size_t size, bool exponential);
  void AddNumber(const metrics::SeriesView& series);
  void AddHistogram(const metrics::SeriesView& series);
  void AddExponential(const metrics::SeriesView& series);
  void EncodeExemplars(const metrics::SeriesView& series, char tag);

  const std::string resource_;
  const std::string scope_;
  const RequestLimits limits_;
  const std::chrono::system_clock::time_point earliest_;

  std::vector<Request> done_;
  std::string bytes_;  // of the request that is being written, longer than what is used
  char* end_;          // of what is used
  std::size_t points_ = 0;
  std::size_t expected_bytes_ = 0;  // of a request, from those before

  // Where the lengths of the messages that are open go; 0: it is not open.
  std::size_t resource_at_ = 0;
  std::size_t scope_at_ = 0;
  std::size_t metric_at_ = 0;
  std::size_t data_at_ = 0;

  // Of the metric that is being written.
  metrics::Kind kind_ = metrics::Kind::kGauge;
  bool delta_ = false;
  bool counts_things_ = false;
  bool exponential_ = false;  // what is open
  std::chrono::system_clock::time_point time_;
  std::string header_;                    // name, description and unit
  std::vector<std::string> keys_;         // each as the field `key` of a KeyValue
  std::string bounds_;                    // the field explicit_bounds
  std::vector<std::string_view> values_;  // of the series that is being written
  std::string exemplars_;                 // likewise, encoded
};

}  // namespace guildscope::exporting
