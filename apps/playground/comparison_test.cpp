#include "apps/playground/comparison.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace guildscope::playground {
namespace {

nlohmann::json Ledger() {
  return nlohmann::json::parse(R"({
    "rest": [{"method": "GET", "endpoint": "/users/@me", "status": 200, "count": 2}],
    "dropped": [{"method": "GET", "endpoint": "/users/@me", "count": 1}],
    "rate_limited": [{"endpoint": "/users/@me", "scope": "shared", "count": 5}],
    "commands": [{"name": "status", "sent": 3, "acknowledged": 3}],
    "voice_joins": [{"guild_id": "1", "status": "success", "count": 1}, {"guild_id": "2", "status": "success", "count": 4}],
    "media": {"requests": [{"method": "GET", "route": "/youtube/v3/search", "status": 200, "count": 2},
                           {"method": "GET", "route": "/v1/tracks/{id}", "status": 200, "count": 1},
                           {"method": "GET", "route": "/watch/{id}.wav", "status": 200, "count": 9}]},
    "guilds": [{"shard": 0, "count": 7}]})");
}

constexpr std::string_view kPage =
    "disruptor_discord_api_requests_total{endpoint=\"/users/@me\",method=\"GET\",status_code=\"200\"} 2\n"
    "disruptor_discord_api_requests_total{endpoint=\"/users/@me\",method=\"GET\",status_code=\"error\"} 1\n"
    "disruptor_discord_api_rate_limited_total{endpoint=\"/users/@me\",scope=\"shared\"} 5\n"
    "disruptor_discord_commands_total{command=\"status\",status=\"success\"} 2\n"
    "disruptor_discord_commands_total{command=\"status\",status=\"error\"} 1\n"
    "disruptor_voice_connection_attempts_total{guild_id=\"1\",status=\"success\"} 1\n"
    "disruptor_voice_connection_attempts_total{guild_id=\"2\",status=\"success\"} 4\n"
    "http_client_request_duration_seconds_count{http_request_method=\"GET\",http_response_status_code=\"200\"} 3\n"
    "disruptor_discord_guild_count{shard=\"0\"} 7\n";

TEST(Comparison, IsEqualWhereTheMetricsPageSaysWhatTheLedgerSays) {
  const Comparison comparison(Ledger(), {FromMetricsPage(kPage)});
  EXPECT_TRUE(comparison.equal());
}

TEST(Comparison, SeesAMissingSeries) { EXPECT_EQ(Comparison(Ledger(), {FromMetricsPage("")}).differences(), 7U); }

TEST(Comparison, SeesASeriesThatTheLedgerDoesNotKnow) {
  const auto page = std::string(kPage) + "disruptor_discord_guild_count{shard=\"1\"} 1\n";
  EXPECT_EQ(Comparison(Ledger(), {FromMetricsPage(page)}).differences(), 1U);
}

TEST(Comparison, TakesAZeroAndAnAbsentSeriesForTheSame) {
  const auto page = std::string(kPage) + "disruptor_discord_guild_count{shard=\"1\"} 0\n";
  EXPECT_TRUE(Comparison(Ledger(), {FromMetricsPage(page)}).equal());
}

TEST(Comparison, ComparesEveryRoadAndSaysWhichLineDiffers) {
  const auto points = nlohmann::json::parse(R"([
    {"name": "disruptor.discord.api.requests", "attributes": {"endpoint": "/users/@me", "method": "GET", "status_code": "200"}, "value": 2},
    {"name": "disruptor.discord.api.requests", "attributes": {"endpoint": "/users/@me", "method": "GET", "status_code": "error"}, "value": 1},
    {"name": "disruptor.discord.api.rate_limited", "attributes": {"endpoint": "/users/@me", "scope": "shared"}, "value": 5},
    {"name": "disruptor.discord.commands", "attributes": {"command": "status", "status": "success"}, "value": 3},
    {"name": "disruptor.voice.connection_attempts", "attributes": {"guild_id": "1", "status": "success"}, "value": 5},
    {"name": "http.client.request.duration", "attributes": {"http.request.method": "GET", "http.response.status_code": 200}, "value": {"count": 3, "sum": 0.5}},
    {"name": "disruptor.discord.guild_count", "attributes": {"shard": "0"}, "value": 6}])");
  const Comparison comparison(Ledger(), {FromMetricsPage(kPage), FromOtlpPoints(points)});
  EXPECT_EQ(comparison.differences(), 1U);
  std::ostringstream out;
  comparison.Print(out);
  EXPECT_NE(out.str().find("7         7         6   differs"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace guildscope::playground
