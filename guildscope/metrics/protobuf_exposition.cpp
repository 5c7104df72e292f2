#include "guildscope/metrics/protobuf_exposition.hpp"

#include <algorithm>
#include <limits>

#include "guildscope/base/protobuf_wire.hpp"
#include "guildscope/metrics/native_histogram.hpp"
#include "guildscope/metrics/packed_values.hpp"
#include "guildscope/metrics/prometheus_name.hpp"

namespace guildscope::metrics {
namespace {

using wire::Tag;
using wire::Type;

constexpr char kLengthTag1 = Tag(1, Type::kLength);
constexpr char kLengthTag2 = Tag(2, Type::kLength);
constexpr char kLengthTag3 = Tag(3, Type::kLength);
constexpr std::string_view kOverflowName = "otel_metric_overflow";
constexpr std::string_view kTrue = "true";

/// MetricFamily's fields.
constexpr char kTypeTag = Tag(3, Type::kVarint);
constexpr char kMetricTag = Tag(4, Type::kLength);
constexpr char kUnitTag = Tag(5, Type::kLength);

std::uint64_t TypeNumber(Kind kind) noexcept {
  if (kind == Kind::kCounter) return 0;
  return kind == Kind::kHistogram ? 4 : 1;
}

/// Metric's field for the value.
char ValueTag(Kind kind) noexcept {
  if (kind == Kind::kCounter) return Tag(3, Type::kLength);
  return Tag(kind == Kind::kHistogram ? 7 : 2, Type::kLength);
}

std::string Timestamp(std::chrono::system_clock::time_point time) {
  using std::chrono::duration_cast;
  const auto since = std::max(time.time_since_epoch(), std::chrono::system_clock::duration::zero());
  const auto seconds = duration_cast<std::chrono::seconds>(since);
  const auto nanoseconds = duration_cast<std::chrono::nanoseconds>(since - seconds);
  char bytes[2 + 2 * wire::kLongestVarint];
  char* end = wire::PutVarint(bytes, Tag(1, Type::kVarint), static_cast<std::uint64_t>(seconds.count()));
  end = wire::PutVarint(end, Tag(2, Type::kVarint), static_cast<std::uint64_t>(nanoseconds.count()));
  return {bytes, end};
}

void AppendVarint(std::string& to, char tag, std::uint64_t value) {
  char bytes[1 + wire::kLongestVarint];
  to.append(bytes, wire::PutVarint(bytes, tag, value));
}

void AppendDouble(std::string& to, char tag, double value) {
  char bytes[wire::kFixed64Bytes];
  to.append(bytes, wire::PutDouble(bytes, tag, value));
}

void AppendString(std::string& to, char tag, std::string_view text) {
  AppendVarint(to, tag, text.size());
  to += text;
}

void AppendLabel(std::string& to, std::string_view name, std::string_view value) {
  std::string pair;
  AppendString(pair, kLengthTag1, name);
  AppendString(pair, kLengthTag2, value);
  AppendString(to, kLengthTag1, pair);
}

std::string Hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::string ExemplarMessage(const Exemplar& exemplar) {
  std::string message;
  if (exemplar.has_ids()) {
    AppendLabel(message, "trace_id", Hex(exemplar.trace_id));
    AppendLabel(message, "span_id", Hex(exemplar.span_id));
  }
  AppendDouble(message, Tag(2, Type::kFixed64), exemplar.value);
  AppendString(message, kLengthTag3, Timestamp(exemplar.time));
  return message;
}

}  // namespace

void ProtobufExposition::BeginMetric(const MetricView& metric) {
  EndMetric();
  kind_ = metric.kind;
  bounds_.assign(metric.bounds.begin(), metric.bounds.end());
  label_names_.clear();
  for (const std::string& label : metric.label_names) {
    AppendString(label_names_.emplace_back(), kLengthTag1, PrometheusLabelName(label));
  }
  values_.resize(label_names_.size());

  const std::string name = PrometheusName(metric.name, metric.unit, metric.kind);
  std::string header;
  AppendString(header, kLengthTag1, name);
  if (!metric.help.empty()) AppendString(header, kLengthTag2, metric.help);
  AppendVarint(header, kTypeTag, TypeNumber(kind_));
  const std::string unit = PrometheusUnit(metric.unit);
  if (!unit.empty()) AppendString(header, kUnitTag, unit);

  length_ = out_.Reserve(wire::kLengthBytes + header.size());
  out_.Commit(wire::PutBytes(length_ + wire::kLengthBytes, header));
  begin_ = out_.size() - header.size();
}

void ProtobufExposition::EndMetric() {
  if (length_ != nullptr) wire::PatchLength(length_, out_.size() - begin_);
  length_ = nullptr;
}

void ProtobufExposition::AddSeries(const SeriesView& series) {
  SplitValues(series.packed_values, values_);
  const std::string_view value = ValueMessage(series);
  const std::size_t size = LabelsSize(series) + wire::StringSize(value.size());
  char* to = out_.Reserve(wire::StringSize(size));
  to = wire::PutVarint(to, kMetricTag, size);
  to = PutLabels(to, series);
  out_.Commit(wire::PutString(to, ValueTag(kind_), value));
}

std::size_t ProtobufExposition::LabelsSize(const SeriesView& series) noexcept {
  if (series.overflow) {
    return wire::StringSize(wire::StringSize(kOverflowName.size()) + wire::StringSize(kTrue.size()));
  }
  std::size_t size = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].empty()) continue;
    size += wire::StringSize(label_names_[i].size() + wire::StringSize(values_[i].size()));
  }
  return size;
}

char* ProtobufExposition::PutLabels(char* to, const SeriesView& series) const noexcept {
  if (series.overflow) {
    to = wire::PutVarint(to, kLengthTag1, wire::StringSize(kOverflowName.size()) + wire::StringSize(kTrue.size()));
    return wire::PutString(wire::PutString(to, kLengthTag1, kOverflowName), kLengthTag2, kTrue);
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].empty()) continue;
    to = wire::PutVarint(to, kLengthTag1, label_names_[i].size() + wire::StringSize(values_[i].size()));
    to = wire::PutString(wire::PutBytes(to, label_names_[i]), kLengthTag2, values_[i]);
  }
  return to;
}

std::string_view ProtobufExposition::ValueMessage(const SeriesView& series) {
  message_.clear();
  if (kind_ != Kind::kGauge && kind_ != Kind::kUpDownCounter && (start_message_.empty() || series.start != start_)) {
    start_ = series.start;
    start_message_ = Timestamp(start_);
  }
  if (kind_ == Kind::kHistogram) {
    AppendHistogram(series);
    return message_;
  }
  AppendDouble(message_, Tag(1, Type::kFixed64),
               series.is_integer ? static_cast<double>(series.integer) : series.number);
  if (kind_ == Kind::kCounter) AppendString(message_, kLengthTag3, start_message_);
  return message_;
}

void ProtobufExposition::AppendHistogram(const SeriesView& series) {
  AppendVarint(message_, Tag(1, Type::kVarint), series.count);
  AppendDouble(message_, Tag(2, Type::kFixed64), series.sum);
  std::uint64_t cumulative = 0;
  std::string bucket;
  for (std::size_t i = 0; i < series.bucket_counts.size(); ++i) {
    cumulative += series.bucket_counts[i];
    bucket.clear();
    AppendVarint(bucket, Tag(1, Type::kVarint), cumulative);
    AppendDouble(bucket, Tag(2, Type::kFixed64),
                 i < bounds_.size() ? bounds_[i] : std::numeric_limits<double>::infinity());
    if (i < series.exemplars.size() && series.exemplars[i].present()) {
      AppendString(bucket, kLengthTag3, ExemplarMessage(series.exemplars[i]));
    }
    AppendString(message_, kLengthTag3, bucket);
  }
  if (series.exponential != nullptr) AppendNativeHistogram(message_, *series.exponential);
  AppendString(message_, Tag(15, Type::kLength), start_message_);
}

void ProtobufExposition::Finish() { EndMetric(); }

}  // namespace guildscope::metrics
