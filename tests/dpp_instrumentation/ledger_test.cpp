#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "guildscope/testing/http_client.hpp"
#include "tests/dpp_instrumentation/bot_fixture.hpp"

namespace guildscope::dpp {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

/// What the stand-in counted and what the telemetry says are the same numbers.
class LedgerTest : public BotFixture {
 protected:
  LedgerTest()
      : BotFixture(
            "guilds: 7\nshards: 2\nmax_concurrency: "
            "2\nheartbeat_interval: 2s\n") {
    bot_->on_slashcommand([](const ::dpp::slashcommand_t& event) {
      if (event.command.get_command_name() == "broken") throw std::runtime_error("broken");
      event.reply("done");
    });
  }

  Counts RestOfLedger() { return FromLedger(Ledger()["rest"], {"endpoint", "method", "status"}); }
  Counts EventsOfLedger() { return FromLedger(Ledger()["gateway"]["events"], {"shard", "event_type"}); }

  /// Requests and dispatches may be under way; that they come to rest equal is part of the claim.
  template <typename OfLedger>
  void ExpectToRestEqual(const char* metric, OfLedger of_ledger) {
    Counts told;
    Counts counted;
    Eventually([&] {
      const Counts before = std::exchange(told, Metric(metric));
      counted = of_ledger();
      return told == counted && told == before;
    });
    EXPECT_EQ(told, counted) << metric;
  }

  void ExpectEqual() {
    ExpectToRestEqual("api.requests", [this] { return RestOfLedger(); });
    ExpectToRestEqual("gateway.events", [this] { return EventsOfLedger(); });
    EXPECT_EQ(Metric("guild_count"), FromLedger(Ledger()["guilds"], {"shard"}));
  }

  std::string Connected() {
    std::string shards;
    for (const auto& [shard, value] : Metric("gateway.connected")) shards += shard + (value == 1 ? "+" : "-");
    return shards;
  }
};

TEST_F(LedgerTest, RequestsEventsCommandsAndGuilds) {
  Connect({"next", "status", "broken"});
  for (int i = 0; i < 5; ++i) Use("next");
  for (int i = 0; i < 3; ++i) Use("status");
  Use("broken");
  const Counts expected{{"next success", 5}, {"status success", 3}, {"broken error", 1}};
  Eventually([&] { return Metric("commands") == expected; });
  EXPECT_EQ(Metric("commands"), expected);
  EXPECT_EQ(FromLedger(Ledger()["commands"], {"name"}, "sent"), (Counts{{"next", 5}, {"status", 3}, {"broken", 1}}));
  ExpectEqual();
  EXPECT_EQ(Connected(), "0+1+");
  EXPECT_THAT(Metric("gateway.reconnects"), IsEmpty());
  EXPECT_TRUE(Eventually([&] { return Metric("gateway.latency").size() == 2; }));
  for (const auto& [shard, seconds] : Metric("gateway.latency")) {
    EXPECT_GT(seconds, 0) << shard;
    EXPECT_LT(seconds, 30) << shard;
  }
  EXPECT_EQ(Metric("api.queue_depth"), (Counts{{"", 0}}));
}

TEST_F(LedgerTest, RateLimitsAndServerErrors) {
  Connect({"next"});
  const std::string endpoint = "/interactions/{interaction.id}/{interaction.token}/callback";
  Fault({{"kind", "rate_limit"}, {"endpoint", endpoint}, {"scope", "shared"}, {"retry_after", 0}});
  Use("next");
  ASSERT_TRUE(Eventually([&] { return Metric("api.rate_limited")[endpoint + " shared"] == 1; }));
  Fault({{"kind", "server_error"}, {"endpoint", endpoint}, {"status", 502}});
  Use("next");
  ASSERT_TRUE(Eventually([&] { return Metric("api.requests")[endpoint + " POST 502"] == 1; }));
  ExpectEqual();
  EXPECT_EQ(Metric("api.rate_limited"), FromLedger(Ledger()["rate_limited"], {"endpoint", "scope"}));
}

TEST_F(LedgerTest, ARequestWhoseConnectionBreaksIsAnError) {
  Connect({"next"});
  const std::string endpoint = "/interactions/{interaction.id}/{interaction.token}/callback";
  Fault({{"kind", "drop_socket"}, {"endpoint", endpoint}});
  Use("next");
  EXPECT_TRUE(Eventually([&] { return Metric("api.requests")[endpoint + " POST error"] == 1; }));
  EXPECT_EQ(FromLedger(Ledger()["dropped"], {"endpoint"}), (Counts{{endpoint, 1}}));
}

TEST_F(LedgerTest, ReconnectsByKind) {
  Connect({"next"});
  Fault({{"kind", "drop_gateway"}, {"shard", 0}});
  ASSERT_TRUE(Eventually([&] { return Connected() == "0-1+"; })) << Connected();
  EXPECT_EQ(telemetry_->health().Ready().status, 503U);
  ASSERT_TRUE(Eventually([&] { return Connected() == "0+1+"; })) << Connected();
  EXPECT_EQ(Metric("gateway.reconnects"), (Counts{{"0 resume", 1}}));

  Fault({{"kind", "invalid_session"}, {"shard", 1}});
  const Counts expected{{"0 resume", 1}, {"1 identify", 1}};
  EXPECT_TRUE(Eventually([&] { return Metric("gateway.reconnects") == expected; }));
  EXPECT_TRUE(Eventually([&] { return Connected() == "0+1+"; })) << Connected();
  EXPECT_EQ(FromLedger(Ledger()["gateway"]["resumes"], {"shard"}), (Counts{{"0", 1}}));
  EXPECT_EQ(FromLedger(Ledger()["gateway"]["identifies"], {"shard"}), (Counts{{"0", 1}, {"1", 2}}));
  ExpectEqual();
}

TEST_F(LedgerTest, AGuildThatRemovesTheBotTakesItsSeriesAlong) {
  Connect({"next"});
  const json guilds = json::parse(testing::Get(control_port_, "/guilds").body);
  const std::string leaving = guilds[2]["id"];
  const std::string in_outage = guilds[3]["id"];
  static constexpr metrics::CounterDescriptor<1> kByGuild{"by_guild", "", "For the test.", {"guild_id"}};
  const auto by_guild = telemetry_->metrics().Get(kByGuild);
  by_guild.Add(1, {leaving});
  by_guild.Add(1, {in_outage});
  const auto has = [&](const std::string& guild) {
    for (const auto& metric : telemetry_->metrics().Collect().metrics) {
      if (metric.name != "by_guild") continue;
      for (const auto& point : metric.points) {
        if (point.label_values[0] == guild) return true;
      }
    }
    return false;
  };
  ASSERT_TRUE(has(leaving));
  Fault({{"kind", "guild_vanish"}, {"guild_id", in_outage}, {"removed", false}});
  Fault({{"kind", "guild_vanish"}, {"guild_id", leaving}, {"removed", true}});
  EXPECT_TRUE(Eventually([&] { return !has(leaving); }));
  EXPECT_TRUE(has(in_outage));
  ExpectEqual();
}

TEST_F(LedgerTest, TheTokenIsInNoLogAndInNoSpan) {
  Connect({"next"});
  Use("next");
  Eventually([&] { return Metric("commands")["next success"] == 1; });
  telemetry_->logging().Flush();
  std::size_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    if (file.path().extension() != ".log") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    bytes += text.str().size();
    EXPECT_THAT(text.str(), Not(::testing::HasSubstr(kToken))) << file.path();
  }
  EXPECT_GT(bytes, 0U);
  for (const auto& span : Spans()) {
    for (const auto& [key, value] : span.attributes) EXPECT_THAT(value, Not(::testing::HasSubstr(kToken))) << key;
  }
}

}  // namespace
}  // namespace guildscope::dpp
