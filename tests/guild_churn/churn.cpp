#include "tests/guild_churn/churn.hpp"

#include <array>
#include <chrono>
#include <stdexcept>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/otlp_store.hpp"
#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope {
namespace {

namespace catalogue = metrics::catalogue;
using namespace std::chrono_literals;

struct Watched {
  const char* name;        ///< OpenTelemetry's.
  const char* prometheus;  ///< Of the samples that count.
  double by_act;           ///< What a guild adds to it in one act.
};
constexpr std::array<Watched, 4> kWatched{
    {{"disruptor.voice.connection_attempts", "disruptor_voice_connection_attempts_total", 3},
     {"disruptor.voice.connections_active", "disruptor_voice_connections_active", 1},
     {"disruptor.audio.track_events", "disruptor_audio_track_events_total", 2},
     {"disruptor.audio.processing_duration", "disruptor_audio_processing_duration_seconds_count", 1}}};

config::TelemetryOptions Options(http::Server& receiver, std::size_t track_events_limit) {
  config::TelemetryOptions options;
  options.otlp_enabled = true;
  options.traces.exporter = config::Exporter::kNone;
  options.logs.exporter = config::Exporter::kNone;
  options.metrics.otlp.protocol = config::OtlpProtocol::kHttpProtobuf;
  options.metrics.otlp.endpoint = receiver.url() + "/v1/metrics";
  options.metrics.export_interval = 1h;  // by Flush alone
  options.health_server.port = 0;
  options.cardinality.max_series_per_metric = 100'000;
  options.cardinality.overrides["disruptor.audio.track_events"] = track_events_limit;
  return options;
}

}  // namespace

Churn::Churn(std::size_t track_events_limit)
    : telemetry_([&] {
        receiver_.Handle("POST", "/v1/metrics", [this](const http::Request& request) { return Receive(request); });
        receiver_.Start();
        return Options(receiver_, track_events_limit);
      }()) {
  reader_ = std::thread([this] {
    while (!stopping_) {
      {
        const std::lock_guard lock(reading_);
        if (!Page().empty()) ++pages_;
      }
      std::this_thread::sleep_for(1s);
    }
  });
}

Churn::~Churn() {
  stopping_ = true;
  reader_.join();
}

void Churn::Join(const std::string& guild) {
  auto& registry = telemetry_.metrics();
  const auto attempts = registry.Get(catalogue::kVoiceConnectionAttempts);
  const auto events = registry.Get(catalogue::kAudioTrackEvents);
  guilds_.push_back({.id = guild,
                     .joins = attempts.Bind({guild, "success"}),
                     .failed_joins = attempts.Bind({guild, "error"}),
                     .connections = registry.Get(catalogue::kVoiceConnectionsActive).Bind({guild}),
                     .track_starts = events.Bind({"start", guild}),
                     .track_ends = events.Bind({"end", guild}),
                     .cleanups = registry.Get(catalogue::kAudioProcessingDuration).Bind({"cleanup", guild})});
}

std::string Churn::Leave() {
  Guild guild = std::move(guilds_.front());
  guilds_.pop_front();
  const std::string id = guild.id;
  // With handles bound to the series, or without: a bot may have forgotten the guild before its telemetry does.
  if (guilds_.size() % 2 == 0) guild = Guild{};
  telemetry_.metrics().RemoveSeries("guild_id", id);
  return id;
}

void Churn::Act(Guild& guild) {
  guild.joins.Add(2);
  guild.failed_joins.Add();
  guild.connections.Set(1);
  guild.track_starts.Add();
  guild.track_ends.Add();
  guild.cleanups.Record(0.02);
}

void Churn::Act() {
  const auto act = [this](std::size_t first) {
    for (std::size_t i = first; i < guilds_.size(); i += 2) Act(guilds_[i]);
  };
  std::thread other(act, 1);
  act(0);
  other.join();
  for (const Watched& metric : kWatched) done_[metric.name] += metric.by_act * static_cast<double>(guilds_.size());
}

std::string Churn::Page() {
  const auto answer = testing::Get(telemetry_.port(), "/metrics");
  if (answer.status != 200) throw std::runtime_error("/metrics: " + std::to_string(answer.status));
  return answer.body;
}

SumsByGuild Churn::Scraped() {
  const auto samples = testing::ParsePrometheusText(Page());
  SumsByGuild sums;
  for (const Watched& metric : kWatched) sums[metric.name] = testing::SumBy(samples, metric.prometheus, {"guild_id"});
  return sums;
}

SumsByGuild Churn::Exported() {
  {
    const std::lock_guard lock(receiving_);
    for (const Watched& metric : kWatched) exported_[metric.name].clear();
  }
  if (!telemetry_.Flush(60s)) throw std::runtime_error("the metrics were not delivered");
  const std::lock_guard lock(receiving_);
  return exported_;
}

http::Response Churn::Receive(const http::Request& request) {
  opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest metrics;
  if (!metrics.ParseFromString(request.body)) return http::ErrorResponse(400, "no OTLP");
  const auto add = [](auto& by_guild, const auto& points, const auto& value) {
    for (const auto& point : points) {
      const auto attributes = testing::ToMap(point.attributes());
      const auto guild = attributes.find("guild_id");
      by_guild[guild == attributes.end() ? "" : guild->second] += value(point);
    }
  };
  const auto number = [](const auto& point) {
    return point.has_as_int() ? static_cast<double>(point.as_int()) : point.as_double();
  };
  const auto count = [](const auto& point) { return static_cast<double>(point.count()); };
  const std::lock_guard lock(receiving_);
  for (const auto& resource : metrics.resource_metrics()) {
    for (const auto& scope : resource.scope_metrics()) {
      for (const auto& metric : scope.metrics()) {
        const auto wanted = exported_.find(metric.name());
        if (wanted == exported_.end()) continue;
        add(wanted->second, metric.sum().data_points(), number);
        add(wanted->second, metric.gauge().data_points(), number);
        add(wanted->second, metric.histogram().data_points(), count);
      }
    }
  }
  return {.status = 200, .content_type = "application/x-protobuf"};
}

}  // namespace guildscope
