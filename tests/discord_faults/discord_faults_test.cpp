#include <gmock/gmock.h>

#include <memory>
#include <sstream>

#include "tests/support/world.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using playground::Counts;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::World;
using namespace nlohmann::literals;
using namespace std::chrono_literals;

constexpr auto kCallback = "/interactions/{interaction.id}/{interaction.token}/callback";

/// One bot with two shards for all faults, so that each also shows that the ones before left nothing behind. The guilds
/// of shard 0 and 1 are not known beforehand; faults of the gateway name the shard.
class DiscordFaults : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto options = World::Quiet();
    options.guilds = 6;
    options.standin_settings.merge_patch({{"shards", 2}, {"max_concurrency", 2}});
    world_ = std::make_unique<World>(std::move(options));
    world_->StartStandin();
    world_->StartBot(World::ExportTo(*receiver_));
  }

  static void TearDownTestSuite() {
    world_->StopBot();
    world_.reset();
    receiver_.reset();
  }

  DiscordFaults() : guild_(world_->FirstGuild()), before_(Telemetry()) {}

  // After each fault: everything works, and everything that was counted is what the ledger counted.
  void TearDown() override {
    EXPECT_TRUE(Eventually([] { return world_->Probe("/ready") == 200; })) << world_->bot().Errors();
    for (const json& guild : world_->Guilds()) {
      EXPECT_THAT(world_->Use(guild.at("id"), "status"), HasSubstr("All is well."));
    }
    world_->ExpectTelemetryEqualsLedger();
    Counts truth;
    EXPECT_TRUE(Eventually([&] { return Telemetry() == (truth = Truth()); }))
        << "telemetry " << ::testing::PrintToString(Telemetry()) << "\nledger    " << ::testing::PrintToString(truth);
    EXPECT_EQ(Connected(), (Counts{{"0", 1}, {"1", 1}}));
  }

  /// What the gateway's metrics say.
  static Counts Telemetry() {
    Counts counts;
    for (const auto& [key, count] :
         world_->MetricBy("disruptor_discord_gateway_events_total", {"shard", "event_type"})) {
      counts["event " + key] = count;
    }
    for (const auto& [key, count] : world_->MetricBy("disruptor_discord_gateway_reconnects_total", {"kind", "shard"})) {
      counts[key] = count;
    }
    return counts;
  }

  /// The same from the ledger: the first READY of a shard is no reconnection, every other one is.
  static Counts Truth() {
    Counts counts;
    for (const auto& [key, count] : world_->Ledger("/gateway/events"_json_pointer, {"shard", "event_type"})) {
      counts["event " + key] = count;
      const bool ready = key.ends_with(" READY");
      if (ready && count > 1) counts["identify " + key.substr(0, key.find(' '))] = count - 1;
    }
    for (const auto& [key, count] : world_->Ledger("/gateway/resumes"_json_pointer, {"shard"})) {
      counts["resume " + key] = count;
    }
    return counts;
  }

  static Counts Connected() {
    return testing::SumBy(world_->Metrics(), "disruptor_discord_gateway_connected", {"shard"});
  }

  /// How much a count of Telemetry() has grown in this test.
  double Grown(const std::string& key) const {
    const auto before = before_.find(key);
    return Telemetry()[key] - (before == before_.end() ? 0 : before->second);
  }

  static double Requests(const std::string& status) {
    return world_->Metric("disruptor_discord_api_requests_total", {{"endpoint", kCallback}, {"status_code", status}});
  }

  /// How often an answer was sent again for this reason, as far as that has arrived.
  static std::size_t Retries(const std::string& reason) {
    std::size_t count = 0;
    for (const auto& span : receiver_->store().Spans()) {
      const auto attributes = span.attributes();
      const auto found = attributes.find("retry.reason");
      count += found != attributes.end() && found->second == reason ? 1U : 0U;
    }
    return count;
  }

  inline static std::unique_ptr<testing::OtlpReceiver> receiver_ = std::make_unique<testing::OtlpReceiver>();
  inline static std::unique_ptr<World> world_;
  const std::string guild_;
  const Counts before_;
};

TEST_F(DiscordFaults, RateLimitsAreCountedByScopeAndTheAnswersSentAgain) {
  for (const std::string scope : {"user", "shared", "global"}) {
    world_->Fault({{"kind", "rate_limit"}, {"scope", scope}, {"retry_after", 1}, {"endpoint", kCallback}});
    EXPECT_THAT(world_->Use(guild_, "next"), HasSubstr("The next disruption is due")) << scope;
  }
  EXPECT_EQ(world_->MetricBy("disruptor_discord_api_rate_limited_total", {"endpoint", "scope"}),
            (Counts{{std::string(kCallback) + " user", 1},
                    {std::string(kCallback) + " shared", 1},
                    {std::string(kCallback) + " global", 1}}));
  EXPECT_EQ(Requests("429"), 3);
  EXPECT_TRUE(Eventually([] { return Retries("status 429") == 3; })) << Retries("status 429");
}

TEST_F(DiscordFaults, ServerErrorsAreCountedAndTheAnswersSentAgain) {
  world_->Fault({{"kind", "server_error"}, {"status", 500}, {"endpoint", kCallback}});
  EXPECT_THAT(world_->Use(guild_, "next"), HasSubstr("The next disruption is due"));
  world_->Fault({{"kind", "server_error"}, {"status", 503}, {"count", 2}, {"endpoint", kCallback}});
  EXPECT_THAT(world_->Use(guild_, "next"), HasSubstr("The next disruption is due"));
  EXPECT_EQ(Requests("500"), 1);
  EXPECT_EQ(Requests("503"), 2);
  EXPECT_TRUE(Eventually([] { return Retries("status 500") == 1 && Retries("status 503") == 2; }));
}

TEST_F(DiscordFaults, ASocketThatIsClosedForAnAnswerIsAnError) {
  world_->Fault({{"kind", "drop_socket"}, {"endpoint", kCallback}});
  EXPECT_THAT(world_->Use(guild_, "next"), HasSubstr("The next disruption is due"));
  EXPECT_EQ(Requests("error"), 1);
  EXPECT_TRUE(Eventually([] { return Retries("no answer") == 1; }));
}

TEST_F(DiscordFaults, ASlowAnswerTakesItsTimeAndIsNotSentAgain) {
  const auto seconds = [] {
    return world_->Metric("disruptor_discord_api_request_duration_seconds_sum", {{"endpoint", kCallback}});
  };
  const double before = seconds();
  const double sent = Requests("204");
  world_->Fault({{"kind", "slow"}, {"milliseconds", 1'200}, {"endpoint", kCallback}});
  EXPECT_THAT(world_->Use(guild_, "next"), HasSubstr("The next disruption is due"));
  EXPECT_TRUE(Eventually([&] { return Requests("204") == sent + 1; }));
  EXPECT_GE(seconds() - before, 1.2);
}

TEST_F(DiscordFaults, ADroppedGatewayIsResumed) {
  world_->Fault({{"kind", "drop_gateway"}, {"shard", 1}});
  EXPECT_TRUE(Eventually([] { return Connected()["1"] == 0; }));
  EXPECT_EQ(Connected()["0"], 1);
  EXPECT_EQ(world_->Probe("/ready"), 503);
  EXPECT_TRUE(Eventually([this] { return Grown("resume 1") == 1; }));
  EXPECT_EQ(Grown("resume 0"), 0);
  EXPECT_EQ(Grown("identify 1"), 0);
}

TEST_F(DiscordFaults, ARequestedReconnectIsResumed) {
  world_->Fault({{"kind", "reconnect"}, {"shard", 0}});
  EXPECT_TRUE(Eventually([this] { return Grown("resume 0") == 1; }));
  EXPECT_EQ(Grown("identify 0"), 0);
}

TEST_F(DiscordFaults, AnInvalidSessionIsIdentifiedAnew) {
  world_->Fault({{"kind", "invalid_session"}, {"shard", 0}, {"resumable", false}});
  EXPECT_TRUE(Eventually([this] { return Grown("identify 0") == 1; }));
  EXPECT_EQ(Grown("identify 1"), 0);
}

TEST_F(DiscordFaults, AnOutageOfAGuildIsNotALeaving) {
  const auto joins = [this] {
    return world_->Metric("disruptor_voice_connection_attempts_total", {{"guild_id", guild_}});
  };
  EXPECT_THAT(world_->Use(guild_, "disrupt", {}, world_->SomebodyInVoice(guild_)), HasSubstr("Here I am"));
  world_->Fault({{"kind", "guild_vanish"}, {"guild_id", guild_}});
  EXPECT_TRUE(Eventually([&] { return Telemetry() != before_; }));
  EXPECT_EQ(world_->Metric("disruptor_discord_guild_count"), 6);
  world_->Fault({{"kind", "guild_return"}, {"guild_id", guild_}});
  EXPECT_EQ(joins(), 1);
}

// In a world of its own: afterwards the ledger knows joins of a guild whose series are gone.
TEST(DiscordFaultsOfGuilds, AGuildThatRemovesTheBotTakesItsSeriesWithIt) {
  World world;
  world.StartStandin();
  world.StartBot();
  const json guilds = world.Guilds();
  for (const json& guild : guilds) {
    const std::string id = guild.at("id");
    EXPECT_THAT(world.Use(id, "disrupt", {}, world.SomebodyInVoice(id)), HasSubstr("Here I am"));
  }
  const std::string gone = guilds.at(0).at("id");
  world.ExpectTelemetryEqualsLedger();
  world.Fault({{"kind", "guild_vanish"}, {"guild_id", gone}, {"removed", true}});

  Counts truth = world.Ledger("/voice_joins"_json_pointer, {"guild_id", "status"});
  EXPECT_EQ(truth.erase(gone + " success"), 1U);
  EXPECT_TRUE(Eventually(
      [&] { return world.MetricBy("disruptor_voice_connection_attempts_total", {"guild_id", "status"}) == truth; }));
  EXPECT_TRUE(Eventually([&] {
    return world.MetricBy("disruptor_discord_guild_count", {"shard"}) ==
           world.Ledger("/guilds"_json_pointer, {"shard"});
  }));
  EXPECT_TRUE(Eventually([&] { return world.Page("/metrics").find(gone) == std::string::npos; }));
  world.StopBot();
}

}  // namespace
}  // namespace guildscope
