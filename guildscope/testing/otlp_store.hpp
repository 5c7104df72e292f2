#pragma once

#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/otlp_text/otlp_text.hpp"

namespace guildscope::testing {

using otlp::ToHex;

/// Attributes as text: see otlp::ToText.
using OtlpAttributes = std::map<std::string, std::string>;
[[nodiscard]] OtlpAttributes ToMap(
    const google::protobuf::RepeatedPtrField<opentelemetry::proto::common::v1::KeyValue>& attributes);

struct ReceivedSpan {
  opentelemetry::proto::trace::v1::Span span;
  std::string scope;
  OtlpAttributes resource;

  [[nodiscard]] const std::string& name() const { return span.name(); }
  [[nodiscard]] std::string trace_id() const { return ToHex(span.trace_id()); }
  [[nodiscard]] std::string span_id() const { return ToHex(span.span_id()); }
  [[nodiscard]] std::string parent_id() const { return ToHex(span.parent_span_id()); }
  [[nodiscard]] OtlpAttributes attributes() const { return ToMap(span.attributes()); }
};

struct ReceivedLog {
  opentelemetry::proto::logs::v1::LogRecord record;
  std::string logger;
  OtlpAttributes resource;

  [[nodiscard]] const std::string& body() const { return record.body().string_value(); }
  [[nodiscard]] std::string trace_id() const { return ToHex(record.trace_id()); }
  [[nodiscard]] std::string span_id() const { return ToHex(record.span_id()); }
  [[nodiscard]] OtlpAttributes attributes() const { return ToMap(record.attributes()); }
};

/// The newest point of one series.
struct ReceivedPoint {
  std::string name;
  std::string unit;
  OtlpAttributes attributes;
  OtlpAttributes resource;
  double value = 0;                    ///< Sums and gauges.
  std::optional<std::uint64_t> count;  ///< Histograms alone.
  double sum = 0;                      ///< Histograms.
  std::vector<std::uint64_t> buckets;  ///< Histograms.
  std::vector<std::string> exemplars;  ///< Histograms: the span ids, as hexadecimal digits.
  /// Histograms with these buckets, instead of `buckets`.
  std::optional<opentelemetry::proto::metrics::v1::ExponentialHistogramDataPoint> exponential;
  std::uint64_t start_time_unix_nano = 0;  ///< 0: unknown, as for gauges.
  std::uint64_t time_unix_nano = 0;
};

/// Everything that a receiver got, in memory: the newest `limit` spans and log records, the newest point of each
/// series, and counts of all of them.
///
/// Threads: any.
class OtlpStore {
 public:
  using Counts = std::map<std::string, std::uint64_t>;

  explicit OtlpStore(std::size_t limit = 200'000) : limit_(limit) {}

  void Add(const opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest& request);
  void Add(const opentelemetry::proto::collector::logs::v1::ExportLogsServiceRequest& request);
  void Add(const opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest& request);

  [[nodiscard]] std::vector<ReceivedSpan> Spans() const;
  [[nodiscard]] std::vector<ReceivedSpan> SpansNamed(std::string_view name) const;
  [[nodiscard]] std::vector<ReceivedSpan> SpansOfTrace(std::string_view trace_id_hex) const;
  [[nodiscard]] std::vector<ReceivedLog> Logs() const;
  [[nodiscard]] std::vector<ReceivedLog> LogsOf(std::string_view logger) const;
  [[nodiscard]] std::vector<ReceivedPoint> Points() const;

  /// The newest point of a metric whose attributes are exactly these.
  [[nodiscard]] std::optional<ReceivedPoint> Point(const std::string& name,
                                                   const OtlpAttributes& attributes = {}) const;
  /// The sum of the newest points of a metric that have at least these attributes; 0 when there is none.
  [[nodiscard]] double Sum(const std::string& name, const OtlpAttributes& having = {}) const;

  /// Counts since the start, whatever the limit forgot: spans by name, log records by logger, points by metric.
  [[nodiscard]] Counts SpanCounts() const;
  [[nodiscard]] Counts LogCounts() const;
  [[nodiscard]] Counts PointCounts() const;
  [[nodiscard]] std::uint64_t span_count() const;
  [[nodiscard]] std::uint64_t log_count() const;
  [[nodiscard]] std::uint64_t point_count() const;

  /// Waits until the condition holds; looks again whenever something arrives. False when it does not in time.
  bool WaitFor(const std::function<bool(const OtlpStore&)>& condition, std::chrono::milliseconds limit) const;
  [[nodiscard]] std::optional<ReceivedSpan> WaitForSpan(std::string_view name, std::chrono::milliseconds limit) const;
  /// Whose body contains this text.
  [[nodiscard]] std::optional<ReceivedLog> WaitForLog(std::string_view text, std::chrono::milliseconds limit) const;

  void Clear();

 private:
  void AddPoint(ReceivedPoint point);
  void Changed();

  const std::size_t limit_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint64_t version_ = 0;  // guarded by mutex_; every member below too
  std::deque<ReceivedSpan> spans_;
  std::deque<ReceivedLog> logs_;
  std::map<std::pair<std::string, OtlpAttributes>, ReceivedPoint> points_;
  Counts span_counts_;
  Counts log_counts_;
  Counts point_counts_;
};

}  // namespace guildscope::testing
