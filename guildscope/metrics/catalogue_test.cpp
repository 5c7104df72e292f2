#include "guildscope/metrics/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "guildscope/metrics/names.hpp"
#include "guildscope/metrics/prometheus_name.hpp"

namespace guildscope::metrics {
namespace {

constexpr Kind kCounter = Kind::kCounter;
constexpr Kind kGauge = Kind::kGauge;
constexpr Kind kHistogram = Kind::kHistogram;
constexpr Kind kUpDownCounter = Kind::kUpDownCounter;

struct Row {
  std::string_view name;
  std::string_view prometheus_name;
  Kind kind;
  std::string_view labels;
};

// Both names of every metric, as dashboards and alerts use them. None may change.
constexpr Row kRows[] = {
    {"disruptor.scheduler.job.duration", "disruptor_scheduler_job_duration_seconds", kHistogram, "handler_type status"},
    {"disruptor.scheduler.jobs", "disruptor_scheduler_jobs_total", kCounter, "handler_type status"},
    {"disruptor.scheduler.active_jobs", "disruptor_scheduler_active_jobs", kGauge, "handler_type"},
    {"disruptor.scheduler.queue_depth", "disruptor_scheduler_queue_depth", kGauge, ""},
    {"disruptor.voice.connection_attempts", "disruptor_voice_connection_attempts_total", kCounter, "guild_id status"},
    {"disruptor.voice.connections_active", "disruptor_voice_connections_active", kGauge, "guild_id"},
    {"disruptor.audio.track_events", "disruptor_audio_track_events_total", kCounter, "event_type guild_id"},
    {"disruptor.audio.processing_duration", "disruptor_audio_processing_duration_seconds", kHistogram,
     "operation guild_id"},
    {"disruptor.discord.api.requests", "disruptor_discord_api_requests_total", kCounter, "endpoint method status_code"},
    {"disruptor.discord.api.request.duration", "disruptor_discord_api_request_duration_seconds", kHistogram,
     "endpoint method"},
    {"disruptor.discord.guild_count", "disruptor_discord_guild_count", kGauge, "shard"},
    {"disruptor.discord.api.rate_limited", "disruptor_discord_api_rate_limited_total", kCounter, "endpoint scope"},
    {"disruptor.discord.api.queue_depth", "disruptor_discord_api_queue_depth", kGauge, ""},
    {"disruptor.discord.gateway.latency", "disruptor_discord_gateway_latency_seconds", kGauge, "shard"},
    {"disruptor.discord.gateway.events", "disruptor_discord_gateway_events_total", kCounter, "shard event_type"},
    {"disruptor.discord.gateway.connected", "disruptor_discord_gateway_connected", kGauge, "shard"},
    {"disruptor.discord.gateway.reconnects", "disruptor_discord_gateway_reconnects_total", kCounter, "shard kind"},
    {"disruptor.discord.commands", "disruptor_discord_commands_total", kCounter, "command status"},
    {"disruptor.discord.command.duration", "disruptor_discord_command_duration_seconds", kHistogram, "command status"},
    {"disruptor.discord.commands_active", "disruptor_discord_commands_active", kGauge, "command"},
    {"disruptor.database.query.duration", "disruptor_database_query_duration_seconds", kHistogram, "operation table"},
    {"disruptor.database.queries", "disruptor_database_queries_total", kCounter, "operation table status"},
    {"disruptor.database.errors", "disruptor_database_errors_total", kCounter, "operation table error_type"},
    {"disruptor.database.connections", "disruptor_database_connections", kGauge, "state"},
    {"disruptor.database.connections_max", "disruptor_database_connections_max", kGauge, ""},
    {"disruptor.database.connection.wait", "disruptor_database_connection_wait_seconds", kHistogram, ""},
    {"db.client.operation.duration", "db_client_operation_duration_seconds", kHistogram,
     "db.system.name db.operation.name db.collection.name error.type"},
    {"http.client.request.duration", "http_client_request_duration_seconds", kHistogram,
     "http.request.method server.address server.port http.response.status_code error.type"},
    {"http.client.active_requests", "http_client_active_requests", kUpDownCounter,
     "http.request.method server.address server.port"},
    {"music.active_players", "music_active_players", kGauge, "guild_id"},
    {"music.multirequest_bundles", "music_multirequest_bundles", kGauge, "guild_id"},
    {"music.cache_file_count", "music_cache_file_count", kGauge, ""},
    {"music.cache_filesystem_max", "music_cache_filesystem_max_bytes", kGauge, ""},
    {"music.cache_filesystem_used", "music_cache_filesystem_used_bytes", kGauge, ""},
    {"music.cache_requests", "music_cache_requests_total", kCounter, "result"},
    {"music.queue_depth", "music_queue_depth", kGauge, "queue"},
    {"heartbeat", "heartbeat", kGauge, "background_job"},
    {"disruptor.build_info", "disruptor_build_info", kGauge, "version commit compiler"},
    {"process.uptime", "process_uptime_seconds", kGauge, ""},
    {"disruptor.system.memory", "disruptor_system_memory_bytes", kGauge, "type"},
    {"disruptor.system.goroutines", "disruptor_system_goroutines", kGauge, ""},
    {"disruptor.system.threads", "disruptor_system_threads", kGauge, ""},
    {"disruptor.system.filesystem", "disruptor_system_filesystem_bytes", kGauge, "mountpoint state"},
    {"process.cpu.time", "process_cpu_time_seconds_total", kCounter, "cpu.mode"},
    {"process.cpu.utilization", "process_cpu_utilization_ratio", kGauge, "cpu.mode"},
    {"process.memory.usage", "process_memory_usage_bytes", kUpDownCounter, ""},
    {"process.memory.virtual", "process_memory_virtual_bytes", kUpDownCounter, ""},
    {"process.memory.uss", "process_memory_uss_bytes", kUpDownCounter, ""},
    {"process.thread.count", "process_thread_count", kUpDownCounter, ""},
    {"process.unix.file_descriptor.count", "process_unix_file_descriptor_count", kUpDownCounter, ""},
    {"process.context_switches", "process_context_switches_total", kCounter, "process.context_switch.type"},
    {"process.paging.faults", "process_paging_faults_total", kCounter, "system.paging.fault.type"},
};

std::map<std::string, DescriptorView> ByName(std::string_view prefix = "disruptor") {
  std::map<std::string, DescriptorView> by_name;
  for (const DescriptorView& descriptor : catalogue::All()) {
    by_name.emplace(FullName(descriptor.name, prefix), descriptor);
  }
  return by_name;
}

std::string Labels(const DescriptorView& descriptor) {
  std::string labels;
  for (const std::string_view label : descriptor.labels) labels.append(labels.empty() ? "" : " ").append(label);
  return labels;
}

TEST(Catalogue, HasEveryMetricUnderBothOfItsNames) {
  const auto by_name = ByName();
  for (const Row& row : kRows) {
    const auto found = by_name.find(std::string(row.name));
    ASSERT_NE(found, by_name.end()) << row.name;
    const DescriptorView& descriptor = found->second;
    EXPECT_EQ(PrometheusName(row.name, descriptor.unit, descriptor.kind), row.prometheus_name);
    EXPECT_EQ(descriptor.kind, row.kind) << row.name;
    EXPECT_EQ(Labels(descriptor), row.labels) << row.name;
  }
}

TEST(Catalogue, HasNoMetricThatIsNotInThatTable) {
  std::set<std::string_view> known;
  for (const Row& row : kRows) known.insert(row.name);
  for (const auto& [name, descriptor] : ByName()) {
    EXPECT_TRUE(known.contains(name) || name.starts_with("guildscope.") || name.starts_with("otel.sdk.")) << name;
  }
}

// Metrics of the memory profiler, whose rows are with the code that reads them.
TEST(PrometheusName, OfMemoryMetricsIsWhatAlertsUse) {
  EXPECT_EQ(PrometheusName("memory.objects", "{object}", kGauge), "memory_objects");
  EXPECT_EQ(PrometheusName("memory.objects.size", "By", kGauge), "memory_objects_size_bytes");
}

TEST(Catalogue, NamesNothingTwice) {
  NameTable names;
  for (const DescriptorView& descriptor : catalogue::All()) {
    const std::string name = FullName(descriptor.name, "bot");
    CheckDescriptor(descriptor, name);
    names.Claim(name, descriptor);
  }
}

TEST(Catalogue, ExplainsEveryMetricInASentence) {
  for (const DescriptorView& descriptor : catalogue::All()) {
    EXPECT_FALSE(descriptor.help.empty()) << descriptor.name;
    EXPECT_TRUE(descriptor.help.ends_with('.')) << descriptor.name;
  }
}

TEST(Catalogue, LetsJobsTakeLongerThanTheirAlertThreshold) {
  EXPECT_GT(catalogue::kSchedulerJobDuration.buckets.back(), 30);
}

}  // namespace
}  // namespace guildscope::metrics
