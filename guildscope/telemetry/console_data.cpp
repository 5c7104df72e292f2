#include "guildscope/telemetry/console_data.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/metrics/names.hpp"
#include "guildscope/metrics/packed_values.hpp"
#include "guildscope/metrics/prometheus_name.hpp"

namespace guildscope {
namespace {

namespace catalogue = metrics::catalogue;
using nlohmann::ordered_json;

/// A metric that the console shows, and the labels that it parts it by; counts of histograms are parted by none.
struct Shown {
  std::string_view key;
  metrics::DescriptorView metric;
  std::vector<std::string_view> by = {};
};

const std::vector<Shown>& AllShown() {
  static const std::vector<Shown> all{
      {"commands", catalogue::kDiscordCommands, {"status"}},
      {"api_requests", catalogue::kDiscordApiRequests, {"status_code"}},
      {"api_rate_limited", catalogue::kDiscordApiRateLimited, {"scope"}},
      {"api_duration", catalogue::kDiscordApiRequestDuration},
      {"guilds", catalogue::kDiscordGuildCount},
      {"gateway_latency", catalogue::kDiscordGatewayLatency, {"shard"}},
      {"jobs", catalogue::kSchedulerJobs, {"status"}},
      {"voice_connections", catalogue::kVoiceConnectionsActive},
      {"voice_attempts", catalogue::kVoiceConnectionAttempts, {"status"}},
      {"query_duration", catalogue::kDatabaseQueryDuration},
      {"query_errors", catalogue::kDatabaseErrors, {"error_type"}},
      {"memory", catalogue::kProcessMemoryUsage},
      {"heap", catalogue::kSystemMemory, {"type"}},
      {"cpu", catalogue::kProcessCpuUtilization},
      {"threads", catalogue::kProcessThreadCount},
      {"uptime", catalogue::kProcessUptime},
      {"build", catalogue::kBuildInfo, {"version", "commit", "compiler"}},
      {"span_queue", catalogue::kOtelSpanQueueSize},
      {"span_capacity", catalogue::kOtelSpanQueueCapacity},
      {"span_processed", catalogue::kOtelSpanProcessed, {"error.type"}},
      {"span_filtered", catalogue::kOtelSpanFiltered},
      {"span_inflight", catalogue::kOtelSpanInflight},
      {"span_exported", catalogue::kOtelSpanExported, {"error.type"}},
      {"log_queue", catalogue::kOtelLogQueueSize},
      {"log_capacity", catalogue::kOtelLogQueueCapacity},
      {"log_processed", catalogue::kOtelLogProcessed, {"error.type"}},
      {"log_inflight", catalogue::kOtelLogInflight},
      {"log_exported", catalogue::kOtelLogExported, {"error.type"}},
      {"point_inflight", catalogue::kOtelMetricPointInflight},
      {"point_exported", catalogue::kOtelMetricPointExported, {"error.type"}},
      {"spool_size", catalogue::kSpoolSize},
      {"spool_limit", catalogue::kSpoolLimit},
      {"spool_usable", catalogue::kSpoolUsable},
      {"spool_items", catalogue::kSpoolItems, {"signal"}},
      {"spool_oldest", catalogue::kSpoolOldestAge, {"signal"}},
      {"local_logs_lost", catalogue::kLogRecordsLost},
      {"series", catalogue::kMetricsSeries},
      {"folded_writes", catalogue::kMetricsFoldedWrites},
      {"dropped_values", catalogue::kMetricsDroppedValues, {"reason"}},
      {"flight_lost", catalogue::kFlightRecorderLostRecords, {"reason"}},
  };
  return all;
}

constexpr std::size_t kMostLabels = 8;

/// One metric while it is collected.
struct Sums {
  const Shown* shown = nullptr;
  std::string name;                   // on /metrics
  std::vector<std::size_t> places{};  // of the labels `by`
  std::vector<double> bounds{};
  bool is_histogram = false;
  std::map<std::vector<std::string>, double> values{};  // by the values of the labels `by`
  std::uint64_t count = 0;
  double sum = 0;
  std::vector<std::uint64_t> buckets{};

  [[nodiscard]] ordered_json ToJson() const {
    ordered_json json{{"name", name}};
    if (is_histogram) {
      json.update({{"count", count}, {"sum", sum}, {"bounds", bounds}, {"buckets", buckets}});
      return json;
    }
    for (const auto& [labels, value] : values) {
      ordered_json named = ordered_json::object();
      for (std::size_t i = 0; i < labels.size(); ++i) named[std::string(shown->by[i])] = labels[i];
      json["series"].push_back({{"labels", std::move(named)}, {"value", value}});
    }
    return json;
  }
};

class SumCollector final : public metrics::Collector {
 public:
  explicit SumCollector(std::string_view prefix) {
    for (const Shown& shown : AllShown()) shown_.emplace(metrics::FullName(shown.metric.name, prefix), &shown);
  }

  void BeginMetric(const metrics::MetricView& metric) override {
    time_ = metric.time;
    current_ = nullptr;
    const auto found = shown_.find(metric.name);
    if (found == shown_.end()) return;
    current_ = &sums_.emplace_back(Sums{.shown = found->second,
                                        .name = metrics::PrometheusName(metric.name, metric.unit, metric.kind),
                                        .bounds = {metric.bounds.begin(), metric.bounds.end()},
                                        .is_histogram = metric.kind == metrics::Kind::kHistogram});
    for (const std::string_view label : found->second->by) {
      current_->places.push_back(
          static_cast<std::size_t>(std::ranges::find(metric.label_names, label) - metric.label_names.begin()));
    }
  }

  void AddSeries(const metrics::SeriesView& series) override {
    if (current_ == nullptr) return;
    if (current_->is_histogram) {
      AddHistogram(series);
      return;
    }
    std::array<std::string_view, kMostLabels> values{};
    metrics::SplitValues(series.packed_values, values);
    key_.clear();
    for (const std::size_t place : current_->places) key_.emplace_back(values.at(place));
    current_->values[key_] += series.is_integer ? static_cast<double>(series.integer) : series.number;
  }

  [[nodiscard]] ordered_json ToJson() const {
    ordered_json json = ordered_json::object();
    for (const Sums& sums : sums_) json[std::string(sums.shown->key)] = sums.ToJson();
    return json;
  }
  [[nodiscard]] double time() const { return std::chrono::duration<double>(time_.time_since_epoch()).count(); }

 private:
  void AddHistogram(const metrics::SeriesView& series) {
    current_->count += series.count;
    current_->sum += series.sum;
    if (current_->buckets.size() < series.bucket_counts.size()) current_->buckets.resize(series.bucket_counts.size());
    for (std::size_t i = 0; i < series.bucket_counts.size(); ++i) current_->buckets[i] += series.bucket_counts[i];
  }

  std::map<std::string, const Shown*, std::less<>> shown_;
  std::vector<Sums> sums_;
  Sums* current_ = nullptr;  // the last of sums_
  std::vector<std::string> key_;
  std::chrono::system_clock::time_point time_;
};

}  // namespace

std::string ConsoleData(metrics::Registry& registry, const config::TelemetryOptions& options) {
  SumCollector sums(options.prefix);
  registry.Collect(sums);
  const auto instance = options.resource_attributes.find("service.instance.id");
  const ordered_json data{{"time", sums.time()},
                          {"service",
                           {{"name", options.service_name},
                            {"version", options.service_version},
                            {"instance", instance == options.resource_attributes.end() ? "" : instance->second},
                            {"environment", options.deployment_environment}}},
                          {"prometheus", options.prometheus_enabled},
                          {"otlp", options.otlp_enabled && !options.sdk_disabled},
                          {"metrics", sums.ToJson()}};
  return data.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace guildscope
