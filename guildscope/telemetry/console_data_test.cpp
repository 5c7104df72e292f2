#include "guildscope/telemetry/console_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/metrics/exposition.hpp"
#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope {
namespace {

namespace catalogue = metrics::catalogue;
using nlohmann::json;

json Metrics(metrics::Registry& registry, const config::TelemetryOptions& options = {}) {
  return json::parse(ConsoleData(registry, options))["metrics"];
}

std::vector<testing::Sample> Page(metrics::Registry& registry) {
  return testing::ParsePrometheusText(metrics::Expose(registry, metrics::Format::kPrometheusText).ToString());
}

/// Of a metric that is parted by one label: its values by that label's.
std::map<std::string, double> ByLabel(const json& metric) {
  std::map<std::string, double> values;
  for (const json& series : metric["series"]) values[series["labels"].begin().value()] = series["value"];
  return values;
}

TEST(ConsoleData, SaysWhatMetricsSay) {
  metrics::Registry registry;
  const auto requests = registry.Get(catalogue::kDiscordApiRequests);
  requests.Add(3, {"/users/@me", "GET", "200"});
  requests.Add(2, {"/channels/{channel.id}", "GET", "200"});
  requests.Add(1, {"/channels/{channel.id}", "PATCH", "429"});
  const auto voice = registry.Get(catalogue::kVoiceConnectionsActive);
  for (const char* guild : {"1", "2", "3"}) voice.Set(1, {guild});
  const auto statements = registry.Get(catalogue::kDatabaseQueryDuration);
  statements.Record(0.003, {"SELECT", "guilds"});
  statements.Record(0.2, {"INSERT", "guilds"});
  statements.Record(60, {"INSERT", "guilds"});

  const json shown = Metrics(registry);
  const auto page = Page(registry);
  EXPECT_EQ(ByLabel(shown["api_requests"]),
            testing::SumBy(page, shown["api_requests"]["name"].get<std::string>(), {"status_code"}));
  EXPECT_EQ(ByLabel(shown["api_requests"]), (std::map<std::string, double>{{"200", 5}, {"429", 1}}));
  EXPECT_EQ(shown["voice_connections"]["series"].dump(), R"([{"labels":{},"value":3.0}])");

  const json& duration = shown["query_duration"];
  const std::string name = duration["name"];
  EXPECT_EQ(duration["count"], testing::SumOf(page, name + "_count"));
  EXPECT_DOUBLE_EQ(duration["sum"], testing::SumOf(page, name + "_sum"));
  ASSERT_EQ(duration["buckets"].size(), duration["bounds"].size() + 1);
  double cumulative = 0;
  for (std::size_t i = 0; i < duration["bounds"].size(); ++i) {
    cumulative += duration["buckets"][i].get<double>();
    const json& bound = duration["bounds"][i];
    const std::string le = bound == bound.get<int>() ? std::to_string(bound.get<int>()) : bound.dump();
    EXPECT_EQ(cumulative, testing::SumOf(page, name + "_bucket", {{"le", le}})) << le;
  }
  EXPECT_EQ(duration["buckets"].back(), 1) << "beyond the last bound";
}

TEST(ConsoleData, LeavesOutWhatABotDoesNotHave) {
  metrics::Registry registry;
  (void)registry.Get(catalogue::kSchedulerJobs);
  const json shown = Metrics(registry);
  EXPECT_FALSE(shown.contains("jobs")) << shown;
  EXPECT_FALSE(shown.contains("spool_limit"));
}

TEST(ConsoleData, KnowsMetricsByTheirPrefix) {
  metrics::Registry registry({.prefix = "quizbot"});
  registry.Get(catalogue::kDiscordCommands).Add(1, {"ping", "success"});
  config::TelemetryOptions options;
  options.prefix = "quizbot";
  EXPECT_EQ(Metrics(registry, options)["commands"]["name"], "quizbot_discord_commands_total");
}

TEST(ConsoleData, CountsWhatWasFolded) {
  metrics::Registry registry({.max_series_per_metric = 2});
  const auto commands = registry.Get(catalogue::kDiscordCommands);
  for (const char* name : {"a", "b", "c", "d"}) commands.Add(1, {name, "success"});
  double all = 0;
  for (const auto& [status, value] : ByLabel(Metrics(registry)["commands"])) all += value;
  EXPECT_EQ(all, 4);
}

TEST(ConsoleData, SaysWhichProcessItIs) {
  metrics::Registry registry;
  config::TelemetryOptions options;
  options.service_name = "quiz \"bot\"";
  options.service_version = "1.2";
  options.deployment_environment = "test";
  options.resource_attributes["service.instance.id"] = "the-instance";
  const json data = json::parse(ConsoleData(registry, options));
  EXPECT_EQ(data["service"], json::parse(R"({"name": "quiz \"bot\"", "version": "1.2", "instance": "the-instance",
                                             "environment": "test"})"));
  EXPECT_EQ(data["otlp"], false);
  options.otlp_enabled = true;
  EXPECT_EQ(json::parse(ConsoleData(registry, options))["otlp"], true);
  options.sdk_disabled = true;
  EXPECT_EQ(json::parse(ConsoleData(registry, options))["otlp"], false);
}

}  // namespace
}  // namespace guildscope
