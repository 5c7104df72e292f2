#include "guildscope/export/otlp_metric_writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "guildscope/base/protobuf_wire.hpp"
#include "guildscope/export/otlp_fields.hpp"
#include "guildscope/metrics/packed_values.hpp"

namespace guildscope::exporting {
namespace {

using namespace otlp_fields;  // NOLINT(google-build-using-namespace): the names of one protocol, in its one writer
using metrics::Kind;
using metrics::SeriesView;
using std::chrono::system_clock;
using wire::Tag;
using wire::Type;

/// The KeyValue of otel.metric.overflow = true.
constexpr std::string_view kOverflow("\x0a\x14otel.metric.overflow\x12\x02\x10\x01", 26);

/// time, as_double, span_id and trace_id of an Exemplar.
constexpr std::size_t kIdsSize = wire::StringSize(8) + wire::StringSize(16);
constexpr std::size_t kExemplarSize = 2 * wire::kFixed64Bytes + kIdsSize;

// By the unit and not by the value alone, so that a duration does not change its type when it is zero.
bool CountsThings(std::string_view unit) noexcept { return unit.empty() || unit == "By" || unit.starts_with('{'); }

std::uint64_t Nanoseconds(system_clock::time_point time) noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

void AppendString(std::string& to, char tag, std::string_view text) {
  char head[1 + wire::kLongestVarint];
  to.append(head, wire::PutVarint(head, tag, text.size()));
  to += text;
}

/// A Buckets message.
std::string Buckets(std::int32_t offset, std::span<const std::uint64_t> counts) {
  char digits[1 + wire::kLongestVarint];
  std::string packed;
  for (const std::uint64_t count : counts) packed.append(digits, wire::PutVarint(digits, count));
  std::string message(digits, wire::PutVarint(digits, Tag(1, Type::kVarint), wire::ZigZag(offset)));
  AppendString(message, Tag(2, Type::kLength), packed);
  return message;
}

template <typename Values>
std::string_view View(const Values& values) noexcept {
  const auto bytes = std::as_bytes(std::span(values));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

OtlpMetricWriter::OtlpMetricWriter(std::string resource, std::string scope, RequestLimits limits,
                                   system_clock::time_point earliest)
    : resource_(std::move(resource)),
      scope_(std::move(scope)),
      limits_(limits),
      earliest_(earliest),
      end_(bytes_.data()) {}

char* OtlpMetricWriter::Reserve(std::size_t bytes) {
  const std::size_t size = used();
  if (bytes_.size() - size < bytes) {
    bytes_.resize(std::max({2 * bytes_.size(), size + bytes, expected_bytes_}));
    end_ = bytes_.data() + size;
  }
  return end_;
}

std::size_t OtlpMetricWriter::Open(char tag) {
  char* const to = Reserve(1 + wire::kLengthBytes);
  *to = tag;
  end_ = to + 1 + wire::kLengthBytes;
  return used() - wire::kLengthBytes;
}

void OtlpMetricWriter::Close(std::size_t& length_at) noexcept {
  if (length_at == 0) return;
  wire::PatchLength(bytes_.data() + length_at, used() - length_at - wire::kLengthBytes);
  length_at = 0;
}

void OtlpMetricWriter::OpenResource() {
  if (resource_at_ != 0) return;
  resource_at_ = Open(kResourceMetrics);
  end_ = wire::PutString(Reserve(wire::StringSize(resource_.size())), kResource, resource_);
}

void OtlpMetricWriter::OpenMetric(bool exponential) {
  if (metric_at_ != 0 && exponential_ != exponential) CloseMetric();
  if (metric_at_ != 0) return;
  OpenResource();
  if (scope_at_ == 0) {
    scope_at_ = Open(kScopeMetrics);
    end_ = wire::PutString(Reserve(wire::StringSize(scope_.size())), kScope, scope_);
  }
  exponential_ = exponential;
  metric_at_ = Open(kMetric);
  end_ = wire::PutBytes(Reserve(header_.size()), header_);
  const bool sum = kind_ == Kind::kCounter || kind_ == Kind::kUpDownCounter;
  if (kind_ == Kind::kHistogram) {
    data_at_ = Open(exponential ? kExponential : kHistogram);
  } else {
    data_at_ = Open(sum ? kSum : kGauge);
  }
  if (kind_ == Kind::kGauge) return;
  end_ = wire::PutVarint(Reserve(4), kTemporality, delta_ ? kDelta : kCumulative);
  if (kind_ == Kind::kCounter) end_ = wire::PutVarint(end_, kMonotonic, 1);
}

void OtlpMetricWriter::CloseMetric() noexcept {
  Close(data_at_);
  Close(metric_at_);
}

void OtlpMetricWriter::EndRequest() {
  CloseMetric();
  Close(scope_at_);
  Close(resource_at_);
  bytes_.resize(used());
  expected_bytes_ = std::max(expected_bytes_ - expected_bytes_ / 8, bytes_.size() + 64);
  done_.push_back({std::exchange(bytes_, {}), std::exchange(points_, 0)});
  end_ = bytes_.data();
}

void OtlpMetricWriter::Limit(std::size_t bytes, std::size_t points) {
  // What is written around the next point when it opens a metric.
  const std::size_t around = header_.size() + 4 * wire::kLengthBytes;
  if (points_ != 0 && (points_ + points > limits_.points || used() + bytes + around > limits_.bytes)) EndRequest();
}

void OtlpMetricWriter::BeginMetric(const metrics::MetricView& metric, bool delta) {
  CloseMetric();
  kind_ = metric.kind;
  delta_ = delta;
  counts_things_ = CountsThings(metric.unit);
  time_ = metric.time;
  header_.clear();
  AppendString(header_, kName, metric.name);
  if (!metric.help.empty()) AppendString(header_, kDescription, metric.help);
  if (!metric.unit.empty()) AppendString(header_, kUnit, metric.unit);
  keys_.clear();
  for (const std::string& label : metric.label_names) AppendString(keys_.emplace_back(), kKey, label);
  values_.resize(keys_.size());
  bounds_.clear();
  if (!metric.bounds.empty()) AppendString(bounds_, kBounds, View(metric.bounds));
}

std::size_t OtlpMetricWriter::AddPoint(const SeriesView& series) {
  metrics::SplitValues(series.packed_values, values_);
  if (kind_ != Kind::kHistogram) {
    AddNumber(series);
  } else if (series.exponential != nullptr) {
    AddExponential(series);
  } else {
    AddHistogram(series);
  }
  ++points_;
  return done_.size();
}

std::size_t OtlpMetricWriter::AddPoint(const SeriesView& series, system_clock::time_point time) {
  const auto of_metric = std::exchange(time_, time);
  const std::size_t request = AddPoint(series);
  time_ = of_metric;
  return request;
}

std::size_t OtlpMetricWriter::AttributesSize(const SeriesView& series) noexcept {
  if (series.overflow) return wire::StringSize(kOverflow.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].empty()) continue;
    size += wire::StringSize(keys_[i].size() + wire::StringSize(wire::StringSize(values_[i].size())));
  }
  return size;
}

char* OtlpMetricWriter::PutAttributes(char* to, char tag, const SeriesView& series) const noexcept {
  if (series.overflow) return wire::PutString(to, tag, kOverflow);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].empty()) continue;
    const std::size_t value = wire::StringSize(values_[i].size());
    to = wire::PutVarint(to, tag, keys_[i].size() + wire::StringSize(value));
    to = wire::PutVarint(wire::PutBytes(to, keys_[i]), kValue, value);
    to = wire::PutString(to, kStringValue, values_[i]);
  }
  return to;
}

char* OtlpMetricWriter::PutTimes(char* to, const SeriesView& series) const noexcept {
  if (kind_ != Kind::kGauge) {
    const auto start = series.start.time_since_epoch().count() <= 0 ? earliest_ : series.start;
    to = wire::PutFixed64(to, kStart, Nanoseconds(std::min(start, time_)));
  }
  return wire::PutFixed64(to, kTime, Nanoseconds(time_));
}

char* OtlpMetricWriter::BeginPoint(std::size_t size, bool exponential) {
  Limit(wire::StringSize(size), 1);
  OpenMetric(exponential);
  return wire::PutVarint(Reserve(wire::StringSize(size)), kDataPoint, size);
}

void OtlpMetricWriter::AddNumber(const SeriesView& series) {
  const std::size_t fixed_fields = kind_ == Kind::kGauge ? 2 : 3;
  char* to = BeginPoint(fixed_fields * wire::kFixed64Bytes + AttributesSize(series), false);
  to = PutTimes(to, series);
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  const double number = series.is_integer ? static_cast<double>(series.integer) : series.number;
  if (counts_things_ && series.is_integer) {
    to = wire::PutFixed64(to, kAsInt, static_cast<std::uint64_t>(series.integer));
  } else if (counts_things_ && std::abs(number) <= kExactIntegers && number == std::trunc(number)) {
    to = wire::PutFixed64(to, kAsInt, static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
  } else {
    to = wire::PutDouble(to, kAsDouble, number);
  }
  end_ = PutAttributes(to, kNumberAttribute, series);
}

void OtlpMetricWriter::AddHistogram(const SeriesView& series) {
  EncodeExemplars(series, kHistogramExemplar);
  const std::string_view counts = View(series.bucket_counts);
  char* to = BeginPoint(4 * wire::kFixed64Bytes + wire::StringSize(counts.size()) + bounds_.size() + exemplars_.size() +
                            AttributesSize(series),
                        false);
  to = PutTimes(to, series);
  to = wire::PutFixed64(to, kCount, series.count);
  to = wire::PutDouble(to, kSumOfValues, series.sum);
  to = wire::PutString(to, kBucketCounts, counts);
  to = wire::PutBytes(wire::PutBytes(to, bounds_), exemplars_);
  end_ = PutAttributes(to, kHistogramAttribute, series);
}

void OtlpMetricWriter::AddExponential(const SeriesView& series) {
  EncodeExemplars(series, kExponentialExemplar);
  const metrics::ExponentialBuckets& buckets = *series.exponential;
  const std::string positive = Buckets(buckets.positive_offset, buckets.positive);
  const std::string negative = Buckets(buckets.negative_offset, buckets.negative);
  const std::uint64_t scale = wire::ZigZag(buckets.scale);
  char* to = BeginPoint(6 * wire::kFixed64Bytes + 1 + wire::VarintSize(scale) + wire::StringSize(positive.size()) +
                            wire::StringSize(negative.size()) + exemplars_.size() + AttributesSize(series),
                        true);
  to = PutTimes(to, series);
  to = wire::PutFixed64(to, kCount, series.count);
  to = wire::PutDouble(to, kSumOfValues, series.sum);
  to = wire::PutVarint(to, kScale, scale);
  to = wire::PutFixed64(to, kZeroCount, buckets.zero_count);
  to = wire::PutDouble(to, kZeroThreshold, buckets.zero_threshold);
  to = wire::PutString(wire::PutString(to, kPositive, positive), kNegative, negative);
  to = wire::PutBytes(to, exemplars_);
  end_ = PutAttributes(to, kExponentialAttribute, series);
}

void OtlpMetricWriter::EncodeExemplars(const SeriesView& series, char tag) {
  exemplars_.clear();
  for (const metrics::Exemplar& exemplar : series.exemplars) {
    if (!exemplar.present()) continue;
    if (delta_ && exemplar.time < series.start) continue;  // was sent with an earlier point
    char bytes[2 + kExemplarSize];
    char* to = wire::PutVarint(bytes, tag, exemplar.has_ids() ? kExemplarSize : kExemplarSize - kIdsSize);
    to = wire::PutFixed64(to, Tag(2, Type::kFixed64), Nanoseconds(exemplar.time));
    to = wire::PutDouble(to, Tag(3, Type::kFixed64), exemplar.value);
    if (exemplar.has_ids()) {
      to = wire::PutString(to, Tag(4, Type::kLength), View(exemplar.span_id));
      to = wire::PutString(to, Tag(5, Type::kLength), View(exemplar.trace_id));
    }
    exemplars_.append(bytes, to);
  }
}

std::size_t OtlpMetricWriter::AddScope(std::string_view encoded, std::size_t points) {
  CloseMetric();
  Limit(wire::StringSize(encoded.size()), points);
  OpenResource();
  Close(scope_at_);
  end_ = wire::PutString(Reserve(wire::StringSize(encoded.size())), kScopeMetrics, encoded);
  points_ += points;
  return done_.size();
}

std::vector<Request> OtlpMetricWriter::Finish() {
  if (points_ != 0 || done_.empty()) {
    OpenResource();
    EndRequest();
  }
  return std::exchange(done_, {});
}

void OtlpMetricWriter::Reset() noexcept {
  done_.clear();
  bytes_.clear();
  end_ = bytes_.data();
  points_ = 0;
  resource_at_ = scope_at_ = metric_at_ = data_at_ = 0;
}

}  // namespace guildscope::exporting
