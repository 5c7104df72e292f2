#include <gmock/gmock.h>

#include <iostream>

#include "tests/guild_churn/memory.hpp"
#include "tests/support/world.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using playground::Counts;
using testing::Eventually;
using testing::World;
using namespace nlohmann::literals;
using namespace std::chrono_literals;

constexpr int kGuilds = 200;
constexpr int kRounds = 3;
// D++ frees what left its cache a minute later, so the guilds of these rounds are all in memory: 9 MiB a round. What
// the telemetry holds of it is measured exactly, and without D++, in guild_churn_test.cpp.
constexpr std::uint64_t kMostGrowth = 32U << 20U;

/// A bot that all guilds remove and add again.
class BotGuildChurn : public ::testing::Test {
 protected:
  BotGuildChurn() : world_(Options()) {}

  static playground::PlaygroundOptions Options() {
    auto options = World::Quiet();
    options.guilds = kGuilds;
    // Many shards: Discord takes 120 messages a minute from each, and each join is one.
    options.standin_settings.merge_patch(
        {{"shards", 16}, {"max_concurrency", 16}, {"members_per_guild", 4}, {"interaction_deadline", "60s"}});
    options.bot_settings.merge_patch({{"voice", {{"stay", "1h"}}}, {"scheduler", {{"default_chance", 0}}}});
    return options;
  }

  void Start() {
    world_.StartStandin();
    world_.StartBot(World::ExportTo(receiver_));
    for (const json& guild : world_.Guilds()) {
      guilds_.push_back(guild.at("id"));
      for (const json& channel : guild.at("voice_channels")) {
        if (!channel.at("bot_may_connect") || channel.at("people").empty()) continue;
        talkers_[guild.at("id")] = channel.at("people").at(0);
        break;
      }
    }
    ExpectGuilds(kGuilds);
  }

  void ExpectGuilds(double count) const {
    EXPECT_TRUE(Eventually([&] { return world_.Metric("disruptor_discord_guild_count") == count; }))
        << world_.Metric("disruptor_discord_guild_count");
  }

  /// The bot joins voice wherever somebody is.
  void JoinEverywhere() const {
    for (const auto& [guild, talker] : talkers_) world_.Begin(guild, "disrupt", {}, talker);
    Counts expected;
    for (const auto& [guild, talker] : talkers_) expected[guild + " success"] = 1;
    const auto attempts = [this] {
      return world_.MetricBy("disruptor_voice_connection_attempts_total", {"guild_id", "status"});
    };
    EXPECT_TRUE(Eventually([&] { return attempts() == expected; })) << ::testing::PrintToString(attempts());
    EXPECT_EQ(world_.Metric("disruptor_voice_connections_active"), static_cast<double>(talkers_.size()));
  }

  void EveryGuild(const json& fault) const {
    for (const std::string& guild : guilds_) {
      json with_guild = fault;
      with_guild["guild_id"] = guild;
      world_.Fault(with_guild);
    }
  }

  void ExpectNoSeriesOfGuilds() {
    EXPECT_TRUE(Eventually([this] { return world_.Page("/metrics").find("guild_id=") == std::string::npos; }));
    // The second export from now on has begun after now.
    receiver_.store().Clear();
    EXPECT_TRUE(receiver_.store().WaitFor(
        [](const testing::OtlpStore& store) { return store.PointCounts()["process.uptime"] >= 1; }, 60s));
    receiver_.store().Clear();
    EXPECT_TRUE(receiver_.store().WaitFor(
        [](const testing::OtlpStore& store) { return store.PointCounts()["process.uptime"] >= 1; }, 60s));
    for (const auto& point : receiver_.store().Points()) {
      EXPECT_FALSE(point.attributes.contains("guild_id")) << point.name << " of " << point.attributes.at("guild_id");
    }
  }

  testing::OtlpReceiver receiver_;
  World world_;
  std::vector<std::string> guilds_;
  std::map<std::string, std::string> talkers_;  // somebody in voice, by guild
};

TEST_F(BotGuildChurn, LeavesTotalsRightMemoryFlatAndNoSeriesBehind) {
  Start();
  ASSERT_GT(talkers_.size(), kGuilds / 2U);
  std::uint64_t resident = 0;
  for (int round = 1; round <= kRounds; ++round) {
    JoinEverywhere();
    EveryGuild({{"kind", "guild_vanish"}, {"removed", true}});
    ExpectGuilds(0);
    ExpectNoSeriesOfGuilds();
    EveryGuild({{"kind", "guild_return"}});
    ExpectGuilds(kGuilds);
    const std::uint64_t now = ResidentBytes(world_.bot().pid());
    std::cout << "round " << round << ": " << MiB(now) << " MiB resident" << std::endl;
    if (round == 1) resident = now;
    EXPECT_TRUE(kSanitized || now < resident + kMostGrowth) << MiB(resident) << " MiB after the first round";
  }
  // Each join had its series for as long as its guild was there; together they are what happened.
  const auto joins = static_cast<double>(kRounds * talkers_.size());
  EXPECT_EQ(world_.Ledger("/voice_joins"_json_pointer, {"status"}), (Counts{{"success", joins}}));
  EXPECT_EQ(
      world_.Metric("guildscope_metrics_removed_series_total", {{"metric", "disruptor.voice.connection_attempts"}}),
      joins);
  world_.StopBot();
}

}  // namespace
}  // namespace guildscope
