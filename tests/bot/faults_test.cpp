#include <gmock/gmock.h>

#include "tests/bot/bot_run.hpp"

namespace disruptor {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kCallback = "/interactions/{interaction.id}/{interaction.token}/callback";

class BotFaults : public BotRun {
 protected:
  bool IsReady() { return Probe("/ready") == 200; }
};

TEST_F(BotFaults, JoinsAtRandomWhereItMayAndLeavesAgain) {
  StartStandin();
  StartBot({{"scheduler", {{"default_interval", "1s"}, {"default_chance", 100}}}});
  EXPECT_TRUE(Eventually([this] {
    return Metric("disruptor_voice_connection_attempts_total", {{"status", "success"}}) >= 6 &&
           Metric("disruptor_audio_processing_duration_seconds_count", {{"operation", "cleanup"}}) >= 3;
  }));
  EXPECT_EQ(Metric("disruptor_voice_connection_attempts_total", {{"status", "error"}}), 0);
  EXPECT_GE(Metric("disruptor_scheduler_jobs_total", {{"handler_type", "random_join"}, {"status", "success"}}), 2);
  EXPECT_EQ(Metric("heartbeat", {{"background_job", "random_join_scheduler"}}), 1);
  for (const json& row : Guilds()) Use(row.at("id"), "chance", {{"percent", 0}});
  ExpectTelemetryEqualsLedger();
  StopBot();
}

TEST_F(BotFaults, CountsAJoinThatDiscordDoesNotAllow) {
  StartStandin();
  StartBot({{"voice", {{"join_timeout", "1s"}}}});
  const std::string guild = FirstGuild();
  Fault({{"kind", "voice_deny"}, {"guild_id", guild}});
  EXPECT_THAT(Use(guild, "disrupt", {}, SomebodyInVoice(guild)), HasSubstr("did not let me into"));
  EXPECT_EQ(Metric("disruptor_voice_connection_attempts_total", {{"status", "error"}, {"guild_id", guild}}), 1);
  EXPECT_THAT(Use(guild, "disrupt", {}, SomebodyInVoice(guild)), HasSubstr("Here I am"));
  ExpectTelemetryEqualsLedger();
  StopBot();
}

TEST_F(BotFaults, AnswersAgainWhatDiscordDroppedOrLimited) {
  StartStandin();
  StartBot();
  const std::string guild = FirstGuild();
  Fault({{"kind", "server_error"}, {"status", 502}, {"endpoint", kCallback}});
  EXPECT_THAT(Use(guild, "next"), HasSubstr("The next disruption is due"));
  Fault({{"kind", "rate_limit"}, {"retry_after", 1}, {"endpoint", kCallback}});
  EXPECT_THAT(Use(guild, "next"), HasSubstr("The next disruption is due"));
  Fault({{"kind", "server_error"}, {"status", 500}, {"endpoint", kCallback}});
  EXPECT_THAT(Use(guild, "status"), HasSubstr("3 servers"));
  ExpectTelemetryEqualsLedger();
  EXPECT_EQ(Metric("disruptor_discord_api_requests_total", {{"endpoint", kCallback}, {"status_code", "502"}}), 1);
  EXPECT_EQ(Metric("disruptor_discord_api_requests_total", {{"endpoint", kCallback}, {"status_code", "429"}}), 1);
  StopBot();
}

TEST_F(BotFaults, ComesBackAfterADroppedGateway) {
  StartStandin();
  StartBot();
  Fault({{"kind", "drop_gateway"}});
  EXPECT_TRUE(Eventually([&] { return !IsReady(); }));
  EXPECT_TRUE(Eventually([&] { return IsReady(); })) << bot().Errors();
  EXPECT_THAT(Use(FirstGuild(), "status"), HasSubstr("All is well."));
  EXPECT_EQ(Metric("disruptor_discord_gateway_reconnects_total", {{"kind", "resume"}}), 1);
  ExpectTelemetryEqualsLedger();
  StopBot();
}

TEST_F(BotFaults, ForgetsItsVoiceConnectionsWithItsSession) {
  StartStandin();
  StartBot({{"voice", {{"stay", "1h"}}}});
  const std::string guild = FirstGuild();
  EXPECT_THAT(Use(guild, "disrupt", {}, SomebodyInVoice(guild)), HasSubstr("Here I am"));
  Fault({{"kind", "invalid_session"}, {"resumable", false}});
  EXPECT_TRUE(Eventually([&] { return Metric("disruptor_voice_connections_active") == 0; }));
  EXPECT_TRUE(Eventually([&] { return IsReady(); }));
  EXPECT_THAT(Use(guild, "disrupt", {}, SomebodyInVoice(guild)), HasSubstr("Here I am"));
  EXPECT_EQ(Metric("disruptor_discord_gateway_reconnects_total", {{"kind", "identify"}}), 1);
  ExpectTelemetryEqualsLedger();
  StopBot();
}

TEST_F(BotFaults, LetsAGuildGoWithItsSeries) {
  StartStandin();
  StartBot();
  const std::string guild = FirstGuild();
  Use(guild, "interval", {{"duration", "5m"}});
  EXPECT_THAT(Use(guild, "disrupt", {}, SomebodyInVoice(guild)), HasSubstr("Here I am"));
  EXPECT_EQ(Metric("disruptor_scheduler_queue_depth"), 2);
  Fault({{"kind", "guild_vanish"}, {"guild_id", guild}, {"removed", true}});
  EXPECT_TRUE(Eventually([&] { return Metric("disruptor_scheduler_queue_depth") == 1; }));
  EXPECT_TRUE(Eventually([&] {
    for (const auto& sample : Metrics()) {
      if (sample.labels.contains("guild_id") && sample.labels.at("guild_id") == guild) return false;
    }
    return true;
  }));
  EXPECT_EQ(Metric("disruptor_discord_guild_count"), 2);
  StopBot();
}

TEST_F(BotFaults, KeepsTheSeriesOfAGuildThatIsOnlyUnavailable) {
  StartStandin();
  StartBot({{"voice", {{"stay", "1h"}}}});
  const std::string guild = FirstGuild();
  EXPECT_THAT(Use(guild, "disrupt", {}, SomebodyInVoice(guild)), HasSubstr("Here I am"));
  Use(guild, "interval", {{"duration", "5m"}});
  Fault({{"kind", "guild_vanish"}, {"guild_id", guild}});
  EXPECT_TRUE(Eventually([&] { return Metric("disruptor_scheduler_queue_depth") == 1; }));
  EXPECT_TRUE(Eventually([&] { return Metric("disruptor_voice_connections_active") == 0; }));
  EXPECT_EQ(Metric("disruptor_voice_connection_attempts_total", {{"guild_id", guild}}), 1);
  Fault({{"kind", "guild_return"}, {"guild_id", guild}});
  EXPECT_TRUE(Eventually([&] { return Metric("disruptor_scheduler_queue_depth") == 2; }));
  StopBot();
}

TEST_F(BotFaults, IsNotReadyWhileTheStandInIsGoneAndGoesOn) {
  StartStandin();
  StartBot();
  StopStandin();
  EXPECT_TRUE(Eventually([&] { return !IsReady(); }));
  EXPECT_FALSE(bot().WaitForText("disruptor: ", 8s)) << "longer than D++ takes to try again";
  EXPECT_EQ(bot().Wait(0ms), std::nullopt);
  StopBot();
}

TEST_F(BotFaults, RunsSeveralShardsAndSaysWhichGuildIsWhere) {
  StartStandin({{"shards", 2}, {"max_concurrency", 1}, {"guilds", 6}});
  StartBot();
  EXPECT_TRUE(IsReady());
  for (const json& row : Guilds()) EXPECT_THAT(Use(row.at("id"), "status"), HasSubstr("6 servers"));
  EXPECT_EQ(Metric("disruptor_discord_gateway_connected"), 2);
  ExpectTelemetryEqualsLedger();
  Fault({{"kind", "drop_gateway"}, {"shard", 1}});
  EXPECT_TRUE(Eventually([&] { return Metric("disruptor_discord_gateway_connected", {{"shard", "1"}}) == 0; }));
  EXPECT_EQ(Metric("disruptor_discord_gateway_connected", {{"shard", "0"}}), 1);
  EXPECT_TRUE(Eventually([&] { return IsReady(); }));
  ExpectTelemetryEqualsLedger();
  StopBot();
}

}  // namespace
}  // namespace disruptor
