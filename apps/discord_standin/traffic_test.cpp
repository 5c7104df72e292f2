#include "apps/discord_standin/traffic.hpp"

#include <gtest/gtest.h>

#include <map>

#include "apps/discord_standin/test_bot.hpp"

namespace standin {
namespace {

using std::chrono::milliseconds;

Config Busy() {
  Config config;
  config.commands_per_second = 4;
  config.people_moves_per_second = 2;
  config.bucket_limit = 1'000'000;
  return config;
}

std::uint64_t Sent(const Discord& discord) {
  std::uint64_t sent = 0;
  const Json ledger = discord.ledger.ToJson();
  for (const Json& row : ledger["commands"]) sent += row["sent"].get<std::uint64_t>();
  return sent;
}

TEST(Traffic, ChoosesTheSameForTheSameSeed) {
  const auto choices = [](std::uint64_t seed) {
    Config config = Busy();
    config.seed = seed;
    TestBot bot(config);
    bot.Register("next");
    bot.Register("chance", Json::array({Json{{"name", "percent"}, {"description", "x"}, {"type", 4}}}));
    Traffic traffic(bot.discord);
    Json list = Json::array();
    for (int i = 0; i < 20; ++i) {
      const auto use = traffic.ChooseCommand();
      const auto move = traffic.ChooseMove();
      list.push_back({use->command, use->guild_id, use->options, move->user_id, move->channel_id});
    }
    return list;
  };
  EXPECT_EQ(choices(1), choices(1));
  EXPECT_NE(choices(1), choices(2));
}

TEST(Traffic, SendsOnlyWhatTheBotHasRegisteredByWeight) {
  Config config = Busy();
  config.command_weights = {{"next", "9"}, {"status", "1"}, {"interval", "100"}, {"chance", "0"}};
  TestBot bot(config);
  Traffic traffic(bot.discord);
  EXPECT_FALSE(traffic.ChooseCommand()) << "nothing is registered";
  for (const char* name : {"next", "status", "chance", "other"}) bot.Register(name);
  std::map<std::string, int> count;
  for (int i = 0; i < 1'000; ++i) ++count[traffic.ChooseCommand()->command];
  EXPECT_EQ(count.size(), 2U);
  EXPECT_NEAR(count["next"], 900, 60);
}

TEST(Traffic, ChoosesOptionsThatTheCommandHas) {
  TestBot bot(Busy());
  bot.Register("weight", Json::array({Json{{"name", "channel"}, {"description", "x"}, {"type", 7}},
                                      Json{{"name", "weight"}, {"description", "x"}, {"type", 4}}}));
  Traffic traffic(bot.discord);
  const auto use = traffic.ChooseCommand();
  ASSERT_TRUE(use);
  EXPECT_EQ(use->options.size(), 2U) << use->options;
  const Channel* channel = bot.discord.world.FindChannel(SnowflakeField(use->options, "channel"));
  EXPECT_EQ(channel->type, ChannelType::kVoice);
  UseCommand(bot.discord, *use);
  EXPECT_EQ(bot.Last("INTERACTION_CREATE")["data"]["options"].size(), 2U);
}

TEST(Traffic, KeepsThePace) {
  TestBot bot(Busy());
  bot.Register("next");
  Traffic traffic(bot.discord);
  for (int i = 0; i < 100; ++i) {
    bot.clock.Advance(milliseconds(100));
    traffic.Tick();
  }
  EXPECT_NEAR(static_cast<double>(Sent(bot.discord)), 40, 1);
  EXPECT_GT(bot.gateway.Events("VOICE_STATE_UPDATE").size(), 5U);
}

TEST(Traffic, DoesNotMakeUpForAPause) {
  TestBot bot(Busy());
  bot.Register("next");
  Traffic traffic(bot.discord);
  traffic.SetRunning(false);
  bot.clock.Advance(std::chrono::hours(1));
  traffic.Tick();
  EXPECT_EQ(Sent(bot.discord), 0U);
  traffic.SetRunning(true);
  bot.clock.Advance(milliseconds(250));
  traffic.Tick();
  EXPECT_EQ(Sent(bot.discord), 1U);
  bot.clock.Advance(std::chrono::hours(1));
  traffic.Tick();
  EXPECT_EQ(Sent(bot.discord), 5U);
}

TEST(Traffic, WaitsForTheBotToBeThere) {
  TestBot bot(Busy());
  bot.Register("next");
  bot.discord.gateway.Closed(bot.gateway, 0);
  Traffic traffic(bot.discord);
  EXPECT_FALSE(traffic.ChooseCommand());
  EXPECT_FALSE(traffic.ChooseMove());
}

TEST(Traffic, MovesPeopleOnlyWhereTheyMayGo) {
  TestBot bot(Busy());
  Traffic traffic(bot.discord);
  for (int i = 0; i < 500; ++i) {
    const auto move = traffic.ChooseMove();
    if (!move || move->channel_id == 0) continue;
    const Guild& guild = *bot.discord.world.FindGuild(move->guild_id);
    EXPECT_TRUE(MayConnect(guild, move->user_id, move->channel_id));
    EXPECT_NE(move->user_id, bot.discord.world.bot().id);
  }
}

}  // namespace
}  // namespace standin
