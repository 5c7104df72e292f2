#include "guildscope/testing/otlp_store.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace guildscope::testing {
namespace {

namespace proto = opentelemetry::proto;

template <typename Items, typename Predicate>
auto Select(const Items& items, Predicate predicate) {
  std::vector<typename Items::value_type> selected;
  std::copy_if(items.begin(), items.end(), std::back_inserter(selected), predicate);
  return selected;
}

std::uint64_t Total(const OtlpStore::Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

double ValueOf(const proto::metrics::v1::NumberDataPoint& point) {
  return point.value_case() == proto::metrics::v1::NumberDataPoint::kAsInt ? static_cast<double>(point.as_int())
                                                                           : point.as_double();
}

}  // namespace

OtlpAttributes ToMap(const google::protobuf::RepeatedPtrField<proto::common::v1::KeyValue>& attributes) {
  OtlpAttributes map;
  for (const auto& attribute : attributes) map[attribute.key()] = otlp::ToText(attribute.value());
  return map;
}

void OtlpStore::Add(const proto::collector::trace::v1::ExportTraceServiceRequest& request) {
  const std::lock_guard lock(mutex_);
  for (const auto& resource : request.resource_spans()) {
    const OtlpAttributes resource_attributes = ToMap(resource.resource().attributes());
    for (const auto& scope : resource.scope_spans()) {
      for (const auto& span : scope.spans()) {
        ++span_counts_[span.name()];
        spans_.push_back({span, scope.scope().name(), resource_attributes});
        if (spans_.size() > limit_) spans_.pop_front();
      }
    }
  }
  Changed();
}

void OtlpStore::Add(const proto::collector::logs::v1::ExportLogsServiceRequest& request) {
  const std::lock_guard lock(mutex_);
  for (const auto& resource : request.resource_logs()) {
    const OtlpAttributes resource_attributes = ToMap(resource.resource().attributes());
    for (const auto& scope : resource.scope_logs()) {
      for (const auto& record : scope.log_records()) {
        ++log_counts_[scope.scope().name()];
        logs_.push_back({record, scope.scope().name(), resource_attributes});
        if (logs_.size() > limit_) logs_.pop_front();
      }
    }
  }
  Changed();
}

void OtlpStore::Add(const proto::collector::metrics::v1::ExportMetricsServiceRequest& request) {
  const std::lock_guard lock(mutex_);
  for (const auto& resource : request.resource_metrics()) {
    const OtlpAttributes resource_attributes = ToMap(resource.resource().attributes());
    for (const auto& scope : resource.scope_metrics()) {
      for (const auto& metric : scope.metrics()) {
        const auto add = [&](const auto& data_points, auto fill) {
          for (const auto& data_point : data_points) {
            ReceivedPoint point;
            point.name = metric.name();
            point.unit = metric.unit();
            point.attributes = ToMap(data_point.attributes());
            point.resource = resource_attributes;
            point.start_time_unix_nano = data_point.start_time_unix_nano();
            point.time_unix_nano = data_point.time_unix_nano();
            fill(point, data_point);
            AddPoint(std::move(point));
          }
        };
        const auto number = [](ReceivedPoint& point, const auto& from) { point.value = ValueOf(from); };
        add(metric.gauge().data_points(), number);
        add(metric.sum().data_points(), number);
        add(metric.histogram().data_points(), [](ReceivedPoint& point, const auto& from) {
          point.count = from.count();
          point.sum = from.sum();
          point.buckets.assign(from.bucket_counts().begin(), from.bucket_counts().end());
          for (const auto& exemplar : from.exemplars()) point.exemplars.push_back(ToHex(exemplar.span_id()));
        });
        add(metric.exponential_histogram().data_points(), [](ReceivedPoint& point, const auto& from) {
          point.count = from.count();
          point.sum = from.sum();
          point.exponential = from;
          for (const auto& exemplar : from.exemplars()) point.exemplars.push_back(ToHex(exemplar.span_id()));
        });
      }
    }
  }
  Changed();
}

void OtlpStore::AddPoint(ReceivedPoint point) {
  ++point_counts_[point.name];
  ReceivedPoint& newest = points_[{point.name, point.attributes}];
  if (point.time_unix_nano >= newest.time_unix_nano) newest = std::move(point);
}

void OtlpStore::Changed() {
  ++version_;
  changed_.notify_all();
}

std::vector<ReceivedSpan> OtlpStore::Spans() const {
  const std::lock_guard lock(mutex_);
  return {spans_.begin(), spans_.end()};
}

std::vector<ReceivedSpan> OtlpStore::SpansNamed(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return Select(spans_, [name](const ReceivedSpan& span) { return span.name() == name; });
}

std::vector<ReceivedSpan> OtlpStore::SpansOfTrace(std::string_view trace_id_hex) const {
  const std::lock_guard lock(mutex_);
  return Select(spans_, [trace_id_hex](const ReceivedSpan& span) { return span.trace_id() == trace_id_hex; });
}

std::vector<ReceivedLog> OtlpStore::Logs() const {
  const std::lock_guard lock(mutex_);
  return {logs_.begin(), logs_.end()};
}

std::vector<ReceivedLog> OtlpStore::LogsOf(std::string_view logger) const {
  const std::lock_guard lock(mutex_);
  return Select(logs_, [logger](const ReceivedLog& log) { return log.logger == logger; });
}

std::vector<ReceivedPoint> OtlpStore::Points() const {
  const std::lock_guard lock(mutex_);
  std::vector<ReceivedPoint> points;
  for (const auto& [key, point] : points_) points.push_back(point);
  return points;
}

std::optional<ReceivedPoint> OtlpStore::Point(const std::string& name, const OtlpAttributes& attributes) const {
  const std::lock_guard lock(mutex_);
  const auto found = points_.find({name, attributes});
  if (found == points_.end()) return std::nullopt;
  return found->second;
}

double OtlpStore::Sum(const std::string& name, const OtlpAttributes& having) const {
  const std::lock_guard lock(mutex_);
  double sum = 0;
  for (const auto& [key, point] : points_) {
    // Both are sorted by key.
    if (key.first == name && std::includes(key.second.begin(), key.second.end(), having.begin(), having.end())) {
      sum += point.value;
    }
  }
  return sum;
}

OtlpStore::Counts OtlpStore::SpanCounts() const {
  const std::lock_guard lock(mutex_);
  return span_counts_;
}

OtlpStore::Counts OtlpStore::LogCounts() const {
  const std::lock_guard lock(mutex_);
  return log_counts_;
}

OtlpStore::Counts OtlpStore::PointCounts() const {
  const std::lock_guard lock(mutex_);
  return point_counts_;
}

std::uint64_t OtlpStore::span_count() const { return Total(SpanCounts()); }
std::uint64_t OtlpStore::log_count() const { return Total(LogCounts()); }
std::uint64_t OtlpStore::point_count() const { return Total(PointCounts()); }

bool OtlpStore::WaitFor(const std::function<bool(const OtlpStore&)>& condition, std::chrono::milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (true) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = version_;
    }
    if (condition(*this)) return true;
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline, [&] { return version_ != seen; })) return false;
  }
}

std::optional<ReceivedSpan> OtlpStore::WaitForSpan(std::string_view name, std::chrono::milliseconds limit) const {
  std::vector<ReceivedSpan> found;
  WaitFor([&](const OtlpStore& store) { return !(found = store.SpansNamed(name)).empty(); }, limit);
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::optional<ReceivedLog> OtlpStore::WaitForLog(std::string_view text, std::chrono::milliseconds limit) const {
  std::optional<ReceivedLog> found;
  WaitFor(
      [&](const OtlpStore& store) {
        for (ReceivedLog& log : store.Logs()) {
          if (log.body().find(text) == std::string::npos) continue;
          found = std::move(log);
          return true;
        }
        return false;
      },
      limit);
  return found;
}

void OtlpStore::Clear() {
  const std::lock_guard lock(mutex_);
  spans_.clear();
  logs_.clear();
  points_.clear();
  span_counts_.clear();
  log_counts_.clear();
  point_counts_.clear();
  Changed();
}

}  // namespace guildscope::testing
