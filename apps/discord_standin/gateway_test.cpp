#include "apps/discord_standin/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/discord_standin/discord.hpp"
#include "apps/discord_standin/fake_transport.hpp"
#include "apps/discord_standin/test_bot.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace standin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kIntents = intent::kGuilds | intent::kVoiceStates | intent::kGuildMessages;

Config TestConfig() {
  Config config;
  config.token = "secret";
  config.guilds = 6;
  return config;
}

class GatewayTest : public ::testing::Test {
 protected:
  void Say(FakeTransport& client, int op, const Json& data) {
    discord.gateway.Received(client, Json{{"op", op}, {"d", data}}.dump());
  }

  void Identify(FakeTransport& client, std::uint64_t shard = 0, std::uint64_t shards = 1) {
    discord.gateway.Opened(client);
    Say(client, 2, {{"token", "secret"}, {"intents", kIntents}, {"shard", {shard, shards}}});
  }

  void Resume(FakeTransport& client, const std::string& session, std::uint64_t seq) {
    discord.gateway.Opened(client);
    Say(client, 6, {{"token", "secret"}, {"session_id", session}, {"seq", seq}});
  }

  static std::string SessionOf(const FakeTransport& client) { return client.Events("READY")[0]["d"]["session_id"]; }

  std::uint64_t Counted(const std::string& type) {
    std::uint64_t count = 0;
    const Json ledger = discord.ledger.ToJson();
    for (const Json& row : ledger["gateway"]["events"]) {
      if (row["event_type"] == type) count += row["count"].get<std::uint64_t>();
    }
    return count;
  }

  Json GatewayLedger(const std::string& key) { return discord.ledger.ToJson()["gateway"][key]; }

  Guild& AnyGuild() { return discord.world.guilds().begin()->second; }

  void JoinVoice(FakeTransport& client, Snowflake guild, Snowflake channel) {
    Say(client, 4, {{"guild_id", Text(guild)}, {"channel_id", channel == 0 ? Json(nullptr) : Json(Text(channel))}});
  }

  guildscope::testing::FakeClock clock;
  Discord discord{TestConfig(), clock};
  FakeTransport bot;
};

TEST_F(GatewayTest, GreetsWithHelloThenReadyThenItsGuilds) {
  Identify(bot);
  ASSERT_EQ(bot.sent.size(), 8U);
  EXPECT_EQ(bot.sent[0]["op"], 10);
  EXPECT_EQ(bot.sent[0]["d"]["heartbeat_interval"], 41250);
  EXPECT_EQ(bot.sent[1]["t"], "READY");
  EXPECT_EQ(bot.sent[1]["d"]["guilds"].size(), 6U);
  EXPECT_TRUE(bot.sent[1]["d"]["guilds"][0]["unavailable"]);
  for (std::uint64_t seq = 1; seq < 8; ++seq) EXPECT_EQ(bot.sent[seq]["s"], seq);
  EXPECT_EQ(Counted("GUILD_CREATE"), 6U);
  EXPECT_EQ(discord.gateway.GuildsByShard(), Json::parse(R"([{"shard":0,"count":6,"connected":true}])"));
}

TEST_F(GatewayTest, GivesAShardItsOwnGuilds) {
  FakeTransport other;
  Identify(bot, 0, 2);
  Identify(other, 1, 2);
  const auto first = bot.Events("GUILD_CREATE");
  EXPECT_EQ(first.size() + other.Events("GUILD_CREATE").size(), 6U);
  for (const Json& event : first) EXPECT_EQ(ShardOf(SnowflakeField(event["d"], "id"), 2), 0U);
  EXPECT_EQ(GatewayLedger("identifies_over_concurrency"), 1) << "both within five seconds";
}

TEST_F(GatewayTest, ClosesWithDiscordsCodes) {
  const auto code_of = [&](const std::string& text) {
    FakeTransport client;
    discord.gateway.Opened(client);
    discord.gateway.Received(client, text);
    discord.gateway.Closed(client, 0);
    return client.close_code;
  };
  EXPECT_EQ(code_of("{"), 4002U);
  EXPECT_EQ(code_of(std::string(5'000, ' ') + R"({"op":1,"d":null})"), 4002U);
  EXPECT_EQ(code_of(R"({"op":99,"d":{}})"), 4001U);
  EXPECT_EQ(code_of(R"({"op":4,"d":{}})"), 4003U);
  EXPECT_EQ(code_of(R"({"op":2,"d":{"token":"wrong","intents":1}})"), 4004U);
  EXPECT_EQ(code_of(R"({"op":6,"d":{"token":"wrong","session_id":"x","seq":1}})"), 4004U);
  EXPECT_EQ(code_of(R"({"op":2,"d":{"token":"secret","intents":1,"shard":[2,2]}})"), 4010U);
  EXPECT_EQ(code_of(R"({"op":2,"d":{"token":"secret"}})"), 4013U);
  EXPECT_EQ(code_of(R"({"op":1,"d":null})"), 0U) << "a heartbeat needs no session";
}

TEST_F(GatewayTest, RefusesASecondIdentifyAndTooManyMessages) {
  Identify(bot);
  Say(bot, 2, {{"token", "secret"}, {"intents", kIntents}});
  EXPECT_EQ(bot.close_code, 4005U);

  FakeTransport chatty;
  discord.gateway.Opened(chatty);
  for (int i = 0; i < 120; ++i) Say(chatty, 1, nullptr);
  EXPECT_EQ(chatty.close_code, 0U);
  Say(chatty, 1, nullptr);
  EXPECT_EQ(chatty.close_code, 4008U);
}

TEST_F(GatewayTest, RepeatsOnResumeWhatWasMissedAndCountsItOnce) {
  Identify(bot);
  const std::string session = SessionOf(bot);
  discord.gateway.Closed(bot, 0);
  discord.gateway.DispatchToGuild(AnyGuild().id, "MESSAGE_CREATE", Json::object(), intent::kGuildMessages);
  EXPECT_EQ(Counted("MESSAGE_CREATE"), 0U);

  FakeTransport again;
  Resume(again, session, 5);
  ASSERT_EQ(again.sent.size(), 5U);
  EXPECT_EQ(again.sent[1]["s"], 6);
  EXPECT_EQ(again.sent[3]["t"], "MESSAGE_CREATE");
  EXPECT_EQ(again.sent[4]["t"], "RESUMED");
  EXPECT_EQ(Counted("MESSAGE_CREATE"), 1U);
  EXPECT_EQ(Counted("GUILD_CREATE"), 6U) << "two were sent twice";
  EXPECT_EQ(GatewayLedger("resumes"), Json::parse(R"([{"shard":0,"count":1}])"));
}

TEST_F(GatewayTest, CountsADispatchOnlyWhenItHasBeenWritten) {
  bot.holds_back = true;
  Identify(bot);
  EXPECT_EQ(Counted("READY"), 0U);
  const std::string session = SessionOf(bot);
  discord.gateway.Closed(bot, 0);
  FakeTransport again;
  Resume(again, session, 0);
  EXPECT_EQ(Counted("READY"), 1U);
}

TEST_F(GatewayTest, RefusesToResumeWhatItDoesNotKnow) {
  Identify(bot);
  const std::string session = SessionOf(bot);
  FakeTransport stranger;
  Resume(stranger, "nonsense", 1);
  EXPECT_EQ(stranger.sent.back(), Json::parse(R"({"op":9,"d":false,"s":null,"t":null})"));
  FakeTransport future;
  Resume(future, session, 1'000);
  EXPECT_EQ(future.close_code, 4007U);

  discord.gateway.Closed(bot, 0);
  clock.Advance(discord.config.resume_window + milliseconds(1));
  discord.gateway.Tick();
  FakeTransport late;
  Resume(late, session, 1);
  EXPECT_EQ(late.sent.back()["op"], 9);
  EXPECT_EQ(GatewayLedger("invalid_sessions"), 2);
}

TEST_F(GatewayTest, ForgetsASessionWhoseClientSaidGoodbye) {
  Identify(bot);
  const std::string session = SessionOf(bot);
  discord.gateway.Closed(bot, 1000);
  FakeTransport again;
  Resume(again, session, 1);
  EXPECT_EQ(again.sent.back()["op"], 9);
  EXPECT_EQ(discord.gateway.GuildsByShard()[0]["connected"], false);
}

TEST_F(GatewayTest, AcknowledgesHeartbeatsAndEndsConnectionsWithoutThem) {
  Identify(bot);
  clock.Advance(discord.config.heartbeat_interval);
  Say(bot, 1, 7);
  EXPECT_EQ(bot.sent.back()["op"], 11);
  clock.Advance(discord.config.heartbeat_interval + seconds(1));
  discord.gateway.Tick();
  EXPECT_EQ(bot.close_code, 0U);
  clock.Advance(discord.config.heartbeat_interval);
  discord.gateway.Tick();
  EXPECT_EQ(bot.close_code, 4009U);
  EXPECT_EQ(GatewayLedger("heartbeats"), 1);
}

TEST_F(GatewayTest, KeepsSilentAboutHeartbeatsWhenAsked) {
  Identify(bot);
  discord.faults.Add(ParseFault({{"kind", "heartbeat_silence"}, {"shard", 0}}));
  Say(bot, 1, 7);
  EXPECT_NE(bot.sent.back()["op"], 11);
  Say(bot, 1, 7);
  EXPECT_EQ(bot.sent.back()["op"], 11);
}

TEST_F(GatewayTest, TellsTheBotThatItJoinedAndLeftVoice) {
  Identify(bot);
  const Snowflake channel = AnyGuild().ChannelsOf(ChannelType::kVoice).front();
  JoinVoice(bot, AnyGuild().id, channel);
  const Json joined = bot.Events("VOICE_STATE_UPDATE").at(0)["d"];
  EXPECT_EQ(joined["channel_id"], Text(channel));
  EXPECT_EQ(joined["user_id"], Text(discord.world.bot().id));
  EXPECT_EQ(joined["session_id"], SessionOf(bot));
  const Json server = bot.Events("VOICE_SERVER_UPDATE").at(0)["d"];
  EXPECT_EQ(server["guild_id"], Text(AnyGuild().id));
  EXPECT_EQ(server["endpoint"], "c-standin.discord.media:443");
  EXPECT_EQ(server["token"].get<std::string>().size(), 16U);
  JoinVoice(bot, AnyGuild().id, 0);
  EXPECT_EQ(bot.Events("VOICE_SERVER_UPDATE").size(), 1U);
  EXPECT_TRUE(bot.Events("VOICE_STATE_UPDATE").at(1)["d"]["channel_id"].is_null());
  const Json ledger = discord.ledger.ToJson();
  EXPECT_EQ(ledger["voice_joins"],
            Json::array({Json{{"guild_id", Text(AnyGuild().id)}, {"status", "success"}, {"count", 1}}}));
  EXPECT_EQ(ledger["voice_leaves"], Json::array({Json{{"guild_id", Text(AnyGuild().id)}, {"count", 1}}}));
}

TEST(Gateway, NamesNoVoiceServerWhenThereIsNone) {
  Config config;
  config.voice_server.clear();
  TestBot bot(config);
  const Snowflake channel = bot.guild().ChannelsOf(ChannelType::kVoice).front();
  bot.JoinVoice(bot.guild().id, channel);
  EXPECT_EQ(bot.Last("VOICE_STATE_UPDATE")["channel_id"], Text(channel));
  EXPECT_TRUE(bot.gateway.Events("VOICE_SERVER_UPDATE").empty());
}

TEST_F(GatewayTest, RefusesVoiceWithoutAWord) {
  Identify(bot);
  const auto voice = AnyGuild().ChannelsOf(ChannelType::kVoice);
  JoinVoice(bot, AnyGuild().id, voice.back());
  discord.faults.Add(ParseFault({{"kind", "voice_deny"}}));
  JoinVoice(bot, AnyGuild().id, voice.front());
  EXPECT_TRUE(bot.Events("VOICE_STATE_UPDATE").empty());
  EXPECT_EQ(discord.ledger.ToJson()["voice_joins"],
            Json::array({Json{{"guild_id", Text(AnyGuild().id)}, {"status", "error"}, {"count", 2}}}));
}

TEST_F(GatewayTest, TakesTheBotOutOfVoiceWhenItsSessionEnds) {
  Identify(bot);
  JoinVoice(bot, AnyGuild().id, AnyGuild().ChannelsOf(ChannelType::kVoice).front());
  EXPECT_TRUE(AnyGuild().voice_states.contains(discord.world.bot().id));
  discord.gateway.Closed(bot, 1000);
  EXPECT_FALSE(AnyGuild().voice_states.contains(discord.world.bot().id));
}

TEST_F(GatewayTest, SendsMembersInChunks) {
  Identify(bot);
  Say(bot, 8, {{"guild_id", Text(AnyGuild().id)}, {"query", ""}, {"limit", 0}});
  EXPECT_TRUE(bot.Events("GUILD_MEMBERS_CHUNK").empty()) << "everybody needs the members intent";
  Say(bot, 8, {{"guild_id", Text(AnyGuild().id)}, {"user_ids", {Text(AnyGuild().owner_id)}}, {"nonce", "n"}});
  const Json chunk = bot.Events("GUILD_MEMBERS_CHUNK").at(0)["d"];
  EXPECT_EQ(chunk["members"].size(), 1U);
  EXPECT_EQ(chunk["nonce"], "n");
  EXPECT_EQ(chunk["chunk_count"], 1);
}

TEST_F(GatewayTest, DropsAConnectionSoThatItCanBeResumed) {
  Identify(bot);
  discord.gateway.DropConnections(ParseFault({{"kind", "drop_gateway"}, {"shard", 0}}));
  EXPECT_TRUE(bot.dropped);
  EXPECT_THROW(discord.gateway.DropConnections(ParseFault({{"kind", "drop_gateway"}})), BadRequest);
  FakeTransport again;
  Resume(again, SessionOf(bot), 7);
  EXPECT_EQ(again.sent.back()["t"], "RESUMED");
  EXPECT_EQ(GatewayLedger("dropped"), 1);
}

TEST_F(GatewayTest, LetsTheClientIdentifyAgainAfterAnInvalidSession) {
  Identify(bot);
  const std::string first = SessionOf(bot);
  discord.gateway.InvalidateSessions(ParseFault({{"kind", "invalid_session"}, {"resumable", false}}));
  EXPECT_EQ(bot.sent.back()["d"], false);
  Say(bot, 2, {{"token", "secret"}, {"intents", kIntents}});
  EXPECT_EQ(bot.close_code, 0U);
  EXPECT_NE(bot.Events("READY").at(1)["d"]["session_id"], first);
  EXPECT_EQ(GatewayLedger("identifies"), Json::parse(R"([{"shard":0,"count":2}])"));
}

TEST_F(GatewayTest, AsksToReconnectAndInsistsAfterAWhile) {
  Identify(bot);
  discord.gateway.AskToReconnect(ParseFault({{"kind", "reconnect"}}));
  EXPECT_EQ(bot.sent.back()["op"], 7);
  clock.Advance(seconds(11));
  discord.gateway.Tick();
  EXPECT_EQ(bot.close_code, 4000U);
  FakeTransport again;
  Resume(again, SessionOf(bot), 7);
  EXPECT_EQ(again.sent.back()["t"], "RESUMED");
}

TEST_F(GatewayTest, LetsGuildsVanishAndReturn) {
  Identify(bot);
  const std::string id = Text(AnyGuild().id);
  discord.gateway.VanishGuild(ParseFault({{"kind", "guild_vanish"}, {"guild_id", id}}));
  EXPECT_EQ(bot.Events("GUILD_DELETE").at(0)["d"], Json({{"id", id}, {"unavailable", true}}));
  EXPECT_EQ(discord.gateway.GuildsByShard()[0]["count"], 6) << "an outage is no parting";
  discord.gateway.VanishGuild(ParseFault({{"kind", "guild_vanish"}, {"guild_id", id}, {"removed", true}}));
  EXPECT_FALSE(bot.Events("GUILD_DELETE").at(1)["d"].contains("unavailable"));
  EXPECT_EQ(discord.gateway.GuildsByShard()[0]["count"], 5);
  discord.gateway.ReturnGuild(ParseFault({{"kind", "guild_return"}, {"guild_id", id}}));
  EXPECT_EQ(bot.Events("GUILD_CREATE").size(), 7U);
  EXPECT_EQ(discord.gateway.GuildsByShard()[0]["count"], 6);
  EXPECT_THROW(discord.gateway.ReturnGuild(ParseFault({{"kind", "guild_return"}, {"guild_id", id}})), BadRequest);
  EXPECT_THROW(discord.gateway.VanishGuild(ParseFault({{"kind", "guild_vanish"}, {"guild_id", "5"}})), BadRequest);
}

}  // namespace
}  // namespace standin
