#include <gmock/gmock.h>

#include <fstream>

#include "tests/bot/bot_run.hpp"

namespace disruptor {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class BotCommands : public BotRun {};

TEST_F(BotCommands, KeepAnIntervalAcrossARestart) {
  StartStandin();
  StartBot();
  const std::string guild = FirstGuild();
  EXPECT_THAT(Use(guild, "next"), HasSubstr("then every 1 day"));
  EXPECT_THAT(Use(guild, "interval", {{"duration", "2h30m"}}), HasSubstr("every 2 hours 30 minutes"));
  EXPECT_THAT(Use(guild, "next"), HasSubstr("then every 2 hours 30 minutes"));
  EXPECT_EQ(Metric("disruptor_scheduler_queue_depth"), 2);
  StopBot();
  StartBot();
  EXPECT_THAT(Use(guild, "next"), HasSubstr("then every 2 hours 30 minutes"));
  StopBot();
}

TEST_F(BotCommands, AreAllAnsweredAndCounted) {
  StartStandin();
  StartBot();
  const std::string guild = FirstGuild();
  const std::string channel = JoinableChannels(guild).at(0);
  const std::string talker = SomebodyInVoice(guild);

  EXPECT_THAT(Use(guild, "interval", {{"duration", "soon"}}), HasSubstr("no duration I understand"));
  EXPECT_THAT(Use(guild, "chance", {{"percent", 0}}), HasSubstr("do not drop in"));
  EXPECT_THAT(Use(guild, "next"), HasSubstr("the chance is 0 %"));
  EXPECT_THAT(Use(guild, "chance", {{"percent", 75}}), HasSubstr("75 %"));
  EXPECT_THAT(Use(guild, "weight", {{"channel", channel}, {"weight", 5}}), HasSubstr("weight 5"));
  EXPECT_THAT(Use(guild, "status"), HasSubstr("All is well."));
  EXPECT_THAT(Use(guild, "status"), HasSubstr("3 servers"));
  EXPECT_THAT(Use(guild, "disconnect"), HasSubstr("not in a voice channel"));
  EXPECT_THAT(Use(guild, "disrupt", {}, talker), HasSubstr("Here I am"));
  ExpectTelemetryEqualsLedger();
  EXPECT_EQ(Metric("disruptor_voice_connection_attempts_total", {{"status", "success"}, {"guild_id", guild}}), 1);
  StopBot();
}

TEST_F(BotCommands, AreForThoseWhoMay) {
  StartStandin();
  StartBot();
  const std::string guild = FirstGuild();
  std::string stranger;
  for (const json& row : Guilds()) {
    if (row.at("id") != guild) continue;
    for (const json& member : row.at("members")) {
      if (member != row.at("owner_id")) stranger = member;
    }
  }
  EXPECT_THAT(Use(guild, "interval", {{"duration", "5m"}}, stranger), HasSubstr("who may manage this server"));
  EXPECT_THAT(Use(guild, "chance", {{"percent", 1}}, stranger), HasSubstr("who may manage this server"));
  EXPECT_THAT(Use(guild, "next", {}, stranger), HasSubstr("The next disruption is due"));
  StopBot();
}

TEST_F(BotCommands, EndARandomStay) {
  StartStandin();
  StartBot({{"voice", {{"stay", "1h"}}}});
  const std::string guild = FirstGuild();
  const std::string talker = SomebodyInVoice(guild);
  EXPECT_THAT(Use(guild, "disrupt", {}, talker), HasSubstr("Here I am"));
  EXPECT_EQ(Metric("disruptor_voice_connections_active"), 1);
  EXPECT_THAT(Use(guild, "disrupt", {}, talker), HasSubstr("already here"));
  EXPECT_THAT(Use(guild, "disconnect", {}, talker), HasSubstr("Bye"));
  EXPECT_EQ(Metric("disruptor_voice_connections_active"), 0);
  EXPECT_EQ(Metric("disruptor_audio_processing_duration_seconds_count", {{"operation", "cleanup"}}), 1);
  StopBot();
}

TEST_F(BotCommands, TellTheUserWhenTheDatabaseFails) {
  StartStandin();
  StartBot();
  const std::string guild = FirstGuild();
  // What was a database is none any more, under the bot's open connections too.
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().filename().string().starts_with("disruptor.db")) {
      std::fstream(entry.path(), std::ios::in | std::ios::out | std::ios::binary) << std::string(64 * 1024, 'x');
    }
  }
  EXPECT_THAT(Use(guild, "interval", {{"duration", "5m"}}), HasSubstr("Something went wrong on my side"));
  EXPECT_TRUE(Eventually(
      [&] { return Metric("disruptor_discord_commands_total", {{"command", "interval"}, {"status", "error"}}) == 1; }));
  StopBot();
}

}  // namespace
}  // namespace disruptor
