#include "apps/discord_standin/control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/discord_standin/test_bot.hpp"

namespace standin {
namespace {

using ::testing::HasSubstr;

class ControlTest : public ::testing::Test {
 protected:
  ControlAnswer Call(const std::string& method, const std::string& path, const Json& body = nullptr) {
    return control.Handle(method, path, body.is_null() ? std::string() : body.dump());
  }
  std::string ErrorOf(const ControlAnswer& answer) { return answer.body.value("error", ""); }
  std::string GuildId() { return Text(bot.guild().id); }

  TestBot bot;
  Traffic traffic{bot.discord};
  Control control{bot.discord, traffic};
};

TEST_F(ControlTest, ShowsTheLedgerWithTheGuildsOfEachShard) {
  const Json ledger = Call("GET", "/ledger").body;
  for (const char* key : {"rest", "rate_limited", "commands", "voice_joins", "voice_leaves", "guilds", "gateway",
                          "rtp_frames", "dropped", "aborted"}) {
    EXPECT_TRUE(ledger.contains(key)) << key;
  }
  EXPECT_EQ(ledger["guilds"], Json::parse(R"([{"shard":0,"count":5,"connected":true}])"));
  EXPECT_EQ(ledger["gateway"]["identifies"], Json::parse(R"([{"shard":0,"count":1}])"));
}

TEST_F(ControlTest, SendsACommandAndTellsWhatTheBotAnswered) {
  bot.Register("interval", Json::array({Json{{"name", "duration"}, {"type", 3}, {"required", true}}}));
  const auto sent = Call("POST", "/interactions",
                         {{"guild_id", GuildId()}, {"command", "interval"}, {"options", {{"duration", "5m"}}}});
  ASSERT_EQ(sent.status, 200U) << sent.body;
  const std::string id = sent.body["id"];
  const Json event = bot.Last("INTERACTION_CREATE");
  EXPECT_EQ(event["id"], id);
  EXPECT_EQ(event["data"]["options"][0], Json::parse(R"({"name":"duration","type":3,"value":"5m"})"));
  EXPECT_TRUE(bot.guild().voice_states.contains(SnowflakeField(event["member"]["user"], "id"))) << "somebody in voice";
  EXPECT_EQ(Call("GET", "/interactions/" + id).body["acknowledged"], false);
  EXPECT_EQ(Call("GET", "/interactions/" + id).body["acknowledged_after"], nullptr);
  EXPECT_EQ(Call("GET", "/traffic").body["in_flight"], 1);

  bot.clock.Advance(std::chrono::milliseconds(250));
  bot.Call("POST", "/interactions/" + id + "/" + event["token"].get<std::string>() + "/callback",
           {{"type", 4}, {"data", {{"content", "every 5 minutes"}}}});
  const Json answered = Call("GET", "/interactions/" + id).body;
  EXPECT_EQ(answered["acknowledged"], true);
  EXPECT_EQ(answered["acknowledged_after"], 0.25);
  EXPECT_EQ(answered["content"], "every 5 minutes");
  EXPECT_EQ(answered["contents"].size(), 1U);
  EXPECT_EQ(Call("GET", "/traffic").body["in_flight"], 0);
}

TEST_F(ControlTest, SaysWhyACommandCannotBeSent) {
  bot.Register("interval", Json::array({Json{{"name", "duration"}, {"type", 3}, {"required", true}}}));
  const auto error = [&](const Json& request) { return ErrorOf(Call("POST", "/interactions", request)); };
  EXPECT_THAT(error({{"guild_id", "1"}, {"command", "interval"}}), HasSubstr("no guild 1"));
  EXPECT_THAT(error({{"command", "interval"}}), HasSubstr("guild_id is missing"));
  EXPECT_THAT(error({{"guild_id", GuildId()}}), HasSubstr("command is missing"));
  EXPECT_THAT(error({{"guild_id", GuildId()}, {"command", "x"}}), HasSubstr("it has: interval"));
  EXPECT_THAT(error({{"guild_id", GuildId()}, {"command", "interval"}}), HasSubstr("'duration' is required"));
  EXPECT_THAT(error({{"guild_id", GuildId()}, {"command", "interval"}, {"options", {{"duration", 5}}}}),
              HasSubstr("a string"));
  EXPECT_THAT(error({{"guild_id", GuildId()}, {"command", "interval"}, {"options", {{"x", 5}}}}),
              HasSubstr("the command has: duration"));
  EXPECT_THAT(error({{"guild_id", GuildId()}, {"command", "interval"}, {"user", "5"}}), HasSubstr("'user' is unknown"));
  EXPECT_THAT(
      error({{"guild_id", GuildId()}, {"command", "interval"}, {"options", {{"duration", "5m"}}}, {"user_id", "5"}}),
      HasSubstr("no member 5"));
  bot.discord.gateway.Closed(bot.gateway, 0);
  EXPECT_THAT(error({{"guild_id", GuildId()}, {"command", "interval"}}), HasSubstr("no session"));
  EXPECT_TRUE(bot.discord.ledger.ToJson()["commands"].empty());
}

TEST_F(ControlTest, TakesOptionsAsDiscordsArrayAndResolvesThem) {
  bot.Register("weight", Json::array({Json{{"name", "channel"}, {"type", 7}}, Json{{"name", "user"}, {"type", 6}}}));
  const std::string channel = Text(bot.guild().ChannelsOf(ChannelType::kVoice).front());
  const std::string user = Text(bot.guild().owner_id);
  const Json options =
      Json::array({Json{{"name", "channel"}, {"value", channel}}, Json{{"name", "user"}, {"value", user}}});
  EXPECT_EQ(
      Call("POST", "/interactions", {{"guild_id", GuildId()}, {"command", "weight"}, {"options", options}}).status,
      200U);
  const Json resolved = bot.Last("INTERACTION_CREATE")["data"]["resolved"];
  EXPECT_EQ(resolved["channels"][channel]["type"], 2);
  EXPECT_EQ(resolved["users"][user]["id"], user);
  EXPECT_TRUE(resolved["members"][user].contains("permissions"));
}

TEST_F(ControlTest, KeepsFaultsThatWaitAndDoesTheOthersAtOnce) {
  EXPECT_EQ(Call("POST", "/faults", {{"kind", "slow"}, {"milliseconds", 5}}).body.size(), 1U);
  EXPECT_EQ(Call("POST", "/faults", {{"kind", "drop_gateway"}, {"shard", 0}}).status, 200U);
  EXPECT_TRUE(bot.gateway.dropped);
  EXPECT_THAT(ErrorOf(Call("POST", "/faults", {{"kind", "drop_gateway"}})), HasSubstr("no session is connected"));
  EXPECT_THAT(ErrorOf(Call("POST", "/faults", {{"kind", "flood"}})), HasSubstr("accepted: rate_limit"));
  EXPECT_EQ(Call("POST", "/faults").status, 400U);
  EXPECT_EQ(Call("DELETE", "/faults").body.size(), 0U);
  EXPECT_EQ(Call("GET", "/faults").body.size(), 0U);
}

TEST_F(ControlTest, PausesTheTraffic) {
  EXPECT_EQ(Call("POST", "/traffic", {{"running", false}}).body["running"], false);
  EXPECT_EQ(Call("GET", "/traffic").body["running"], false);
  EXPECT_EQ(Call("POST", "/traffic", {{"running", "no"}}).status, 400U);
}

TEST_F(ControlTest, ShowsGuilds) {
  const Json guilds = Call("GET", "/guilds").body;
  ASSERT_EQ(guilds.size(), 5U);
  EXPECT_EQ(guilds[0]["voice_channels"].size(), 4U);
  EXPECT_EQ(guilds[0]["voice_channels"][3]["bot_may_connect"], false);
  EXPECT_EQ(guilds[0]["members"].size(), 12U);
}

TEST_F(ControlTest, TellsWhatWasHeardWhereNothingWas) {
  const ControlAnswer answer = Call("GET", "/audio/" + GuildId());
  ASSERT_TRUE(answer.later) << answer.body;
  const Json heard = Json::parse(answer.later());
  EXPECT_EQ(heard["frames"], 0);
  EXPECT_EQ(heard["guild_id"], GuildId());
  EXPECT_TRUE(heard["first_at"].is_null());
  EXPECT_TRUE(heard["segments"].empty());
  EXPECT_EQ(bot.discord.ledger.ToJson()["voice"]["guilds"].size(), 0U) << "asking counts nothing";
  EXPECT_EQ(Call("GET", "/audio/1").status, 404U);
  EXPECT_THAT(ErrorOf(Call("GET", "/audio/" + GuildId() + "?format=mp3")), HasSubstr("format=wav"));
}

TEST_F(ControlTest, AnswersEverythingElseWithWhatThereIs) {
  EXPECT_EQ(Call("GET", "/nowhere").status, 404U);
  EXPECT_THAT(ErrorOf(Call("DELETE", "/ledger")), HasSubstr("GET /ledger"));
  EXPECT_EQ(control.Handle("POST", "/faults", "{").status, 400U);
}

}  // namespace
}  // namespace standin
