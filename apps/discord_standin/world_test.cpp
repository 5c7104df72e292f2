#include "apps/discord_standin/world.hpp"

#include <gtest/gtest.h>

#include <set>

#include "apps/discord_standin/voice.hpp"
#include "apps/discord_standin/world_json.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace standin {
namespace {

using guildscope::testing::FakeClock;

Json Everything(const World& world) {
  Json all = Json::array();
  for (const auto& [id, guild] : world.guilds()) all.push_back(GuildCreateJson(world, guild, true));
  return all;
}

TEST(World, IsTheSameForTheSameSeed) {
  const FakeClock clock;
  Config config;
  const World first(config, clock);
  const World again(config, clock);
  config.seed = 2;
  const World other(config, clock);
  EXPECT_EQ(Everything(first), Everything(again));
  EXPECT_NE(Everything(first), Everything(other));
}

TEST(World, GivesEveryThingAnIdOfItsOwn) {
  const FakeClock clock;
  Config config;
  config.guilds = 40;
  const World world(config, clock);
  std::set<Snowflake> ids{world.bot().id};
  std::size_t things = 1;
  for (const auto& [id, guild] : world.guilds()) {
    ids.insert(id);
    things += 1 + guild.channels.size() + guild.members.size() - 1;
    for (const Channel& channel : guild.channels) ids.insert(channel.id);
    for (const auto& [user, member] : guild.members) ids.insert(user);
  }
  EXPECT_EQ(ids.size(), things);
}

TEST(World, SpreadsGuildsOverShards) {
  const FakeClock clock;
  Config config;
  config.guilds = 100;
  const World world(config, clock);
  std::set<std::uint64_t> shards;
  for (const auto& [id, guild] : world.guilds()) shards.insert(ShardOf(id, 4));
  EXPECT_EQ(shards.size(), 4U);
}

TEST(World, MakesNewIdsThatOnlyGrow) {
  FakeClock clock;
  World world(Config{}, clock);
  const Snowflake first = world.NextId();
  EXPECT_GT(world.NextId(), first);
  clock.Advance(std::chrono::seconds(-5));
  EXPECT_GT(world.NextId(), first);
}

TEST(World, HidesGuildsThatTheBotHasLeft) {
  const FakeClock clock;
  World world(Config{}, clock);
  Guild& guild = world.guilds().begin()->second;
  const Snowflake channel = guild.channels.back().id;
  EXPECT_NE(world.FindChannel(channel), nullptr);
  guild.joined = false;
  EXPECT_EQ(world.FindGuild(guild.id), nullptr);
  EXPECT_EQ(world.FindChannel(channel), nullptr);
}

TEST(Permissions, OverwriteOfTheMemberWinsOverRolesAndEveryone) {
  Guild guild;
  guild.id = 1;
  guild.roles = {{1, "@everyone", permission::kConnect, 0}, {2, "role", 0, 1}};
  guild.members[10] = {10, "", {2}};
  Channel channel;
  channel.overwrites = {{1, 0, 0, permission::kConnect}};
  EXPECT_EQ(guild.PermissionsOf(10, &channel) & permission::kConnect, 0U);
  channel.overwrites.push_back({2, 0, permission::kConnect, 0});
  EXPECT_NE(guild.PermissionsOf(10, &channel) & permission::kConnect, 0U);
  channel.overwrites.push_back({10, 1, 0, permission::kConnect});
  EXPECT_EQ(guild.PermissionsOf(10, &channel) & permission::kConnect, 0U);
  guild.roles[1].permissions = permission::kAdministrator;
  EXPECT_NE(guild.PermissionsOf(10, &channel) & permission::kConnect, 0U);
  EXPECT_EQ(guild.PermissionsOf(99, &channel), 0U) << "who is not a member may do nothing";
}

TEST(MayConnect, RefusesForbiddenFullAndOtherChannels) {
  const FakeClock clock;
  World world(Config{}, clock);
  Guild& guild = world.guilds().begin()->second;
  const auto voice = guild.ChannelsOf(ChannelType::kVoice);
  const Snowflake bot = world.bot().id;
  EXPECT_TRUE(MayConnect(guild, bot, voice.front()));
  EXPECT_FALSE(MayConnect(guild, bot, voice.back())) << "the staff's";
  EXPECT_FALSE(MayConnect(guild, bot, guild.ChannelsOf(ChannelType::kText).front()));
  EXPECT_FALSE(MayConnect(guild, bot, 12345));
  guild.voice_states[77].channel_id = voice.front();
  for (Channel& channel : guild.channels) channel.user_limit = guild.PeopleIn(channel.id);
  EXPECT_FALSE(MayConnect(guild, bot, voice.front()));
}

TEST(Timestamp, IsWrittenAsDiscordWritesIt) {
  EXPECT_EQ(Timestamp(1'700'000'000'123), "2023-11-14T22:13:20.123000+00:00");
  EXPECT_EQ(TimestampOf(SnowflakeAt(1'700'000'000'123)), "2023-11-14T22:13:20.123000+00:00");
}

}  // namespace
}  // namespace standin
