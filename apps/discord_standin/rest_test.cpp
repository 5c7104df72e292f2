#include "apps/discord_standin/rest.hpp"

#include <gtest/gtest.h>

#include <map>

#include "apps/discord_standin/slash_command.hpp"
#include "apps/discord_standin/test_bot.hpp"

namespace standin {
namespace {

std::pair<unsigned, int> CodeOf(const RestAnswer& answer) { return {answer.status, answer.body.value("code", -1)}; }
using Code = std::pair<unsigned, int>;

TEST(ServeRest, AnswersUnknownRoutesAndMethodsAsDiscordDoes) {
  TestBot bot;
  EXPECT_EQ(bot.Call("GET", "/no/such/route").body, Json::parse(R"({"message":"404: Not Found","code":0})"));
  EXPECT_EQ(bot.Call("DELETE", "/users/@me").status, 405U);
  EXPECT_EQ(ServeRest(bot.discord, {"GET", "/", "", "", ""}).status, 404U);
}

TEST(ServeRest, WantsTheBotsTokenButForInteractions) {
  Config config;
  config.token = "secret";
  TestBot bot(config);
  const auto with = [&](const std::string& authorization, const std::string& path) {
    return ServeRest(bot.discord, {"GET", "/api/v10" + path, authorization, "", ""});
  };
  EXPECT_EQ(with("Bot wrong", "/users/@me").body, Json::parse(R"({"message":"401: Unauthorized","code":0})"));
  EXPECT_EQ(with("", "/users/@me").status, 401U);
  EXPECT_EQ(with("Bot secret", "/users/@me").body["id"], bot.Id());
  EXPECT_EQ(with("", "/gateway").status, 200U);
  EXPECT_EQ(with("", "/webhooks/" + bot.Id() + "/unknown/messages/@original").status, 404U);
}

TEST(ServeRest, TellsTheGatewayAndItsLimits) {
  Config config;
  config.shards = 3;
  config.max_concurrency = 2;
  TestBot bot(config);
  const Json body = bot.Call("GET", "/gateway/bot").body;
  EXPECT_EQ(body["url"], "wss://gateway.discord.gg");
  EXPECT_EQ(body["shards"], 3);
  EXPECT_EQ(body["session_start_limit"]["remaining"], 999);
  EXPECT_EQ(body["session_start_limit"]["max_concurrency"], 2);
}

TEST(ServeRest, SendsRateLimitHeadersAndRefusals) {
  Config config;
  config.bucket_limit = 1;
  TestBot bot(config);
  const auto first = bot.Call("GET", "/users/@me");
  EXPECT_EQ(first.headers.size(), 5U);
  const auto second = bot.Call("GET", "/users/@me");
  EXPECT_EQ(second.status, 429U);
  EXPECT_EQ(second.body["message"], "You are being rate limited.");
  EXPECT_EQ(second.body["retry_after"], 1.0);
  EXPECT_EQ(second.body["global"], false);
}

TEST(ServeRest, RefusesBrokenJsonAndUnderstandsForms) {
  TestBot bot;
  const std::string path = "/api/v10/channels/" + Text(bot.guild().ChannelsOf(ChannelType::kText)[0]) + "/messages";
  EXPECT_EQ(CodeOf(ServeRest(bot.discord, {"POST", path, "Bot any", "application/json", "{"})), Code(400, 50109));
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"with a file\"}\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--";
  const auto answer = ServeRest(bot.discord, {"POST", path, "Bot any", "multipart/form-data; boundary=b", form});
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body["content"], "with a file");
  EXPECT_EQ(answer.body["attachments"][0]["filename"], "a.txt");
  EXPECT_EQ(answer.body["attachments"][0]["size"], 5);
}

TEST(ServeRest, NamesUnknownThings) {
  TestBot bot;
  EXPECT_EQ(CodeOf(bot.Call("GET", "/channels/1")), Code(404, 10003));
  EXPECT_EQ(CodeOf(bot.Call("GET", "/guilds/1")), Code(404, 10004));
  EXPECT_EQ(CodeOf(bot.Call("GET", "/users/1")), Code(404, 10013));
  const std::string guild = "/guilds/" + Text(bot.guild().id);
  EXPECT_EQ(CodeOf(bot.Call("GET", guild + "/members/1")), Code(404, 10007));
  EXPECT_EQ(CodeOf(bot.Call("GET", guild + "/voice-states/@me")), Code(404, 10065));
  EXPECT_EQ(CodeOf(bot.Call("GET", "/applications/" + bot.Id() + "/commands/1")), Code(404, 10063));
}

TEST(ServeRest, ShowsGuildsAndTheirPeople) {
  TestBot bot;
  const std::string guild = "/guilds/" + Text(bot.guild().id);
  EXPECT_EQ(bot.Call("GET", "/users/@me/guilds").body.size(), 5U);
  EXPECT_EQ(bot.Call("GET", "/users/@me/guilds?limit=2").body.size(), 2U);
  EXPECT_EQ(bot.Call("GET", guild).body["name"], bot.guild().name);
  EXPECT_EQ(bot.Call("GET", guild + "/channels").body.size(), bot.guild().channels.size());
  EXPECT_EQ(bot.Call("GET", guild + "/members?limit=3").body.size(), 3U);
  EXPECT_EQ(bot.Call("PATCH", guild, {{"name", "Renamed"}}).body["name"], "Renamed");
  EXPECT_EQ(bot.Last("GUILD_UPDATE")["name"], "Renamed");
  EXPECT_EQ(CodeOf(bot.Call("PATCH", guild, {{"name", ""}})), Code(400, 50035));
}

TEST(ServeRest, WritesEditsAndDeletesMessages) {
  TestBot bot;
  const std::string channel = "/channels/" + Text(bot.guild().ChannelsOf(ChannelType::kText)[0]);
  const Json sent = bot.Call("POST", channel + "/messages", {{"content", "first"}}).body;
  EXPECT_EQ(bot.Last("MESSAGE_CREATE")["content"], "first");
  const std::string message = channel + "/messages/" + sent["id"].get<std::string>();
  EXPECT_EQ(bot.Call("PATCH", message, {{"content", "second"}}).body["content"], "second");
  EXPECT_FALSE(bot.Call("GET", message).body["edited_timestamp"].is_null());
  EXPECT_EQ(bot.Call("GET", channel + "/messages").body.size(), 1U);
  EXPECT_EQ(bot.Call("DELETE", message).status, 204U);
  EXPECT_EQ(bot.Last("MESSAGE_DELETE")["id"], sent["id"]);
  EXPECT_EQ(CodeOf(bot.Call("GET", message)), Code(404, 10008));
  EXPECT_EQ(CodeOf(bot.Call("POST", channel + "/messages", {{"content", ""}})), Code(400, 50006));
  const auto too_long = bot.Call("POST", channel + "/messages", {{"content", std::string(2'001, 'a')}});
  EXPECT_EQ(too_long.body["errors"]["content"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
}

TEST(ServeRest, KeepsCommandsGloballyAndByGuild) {
  TestBot bot;
  const std::string global = "/applications/" + bot.Id() + "/commands";
  const std::string local = "/applications/" + bot.Id() + "/guilds/" + Text(bot.guild().id) + "/commands";
  const Json next{{"name", "next"}, {"description", "When."}};
  const auto created = bot.Call("POST", global, next);
  EXPECT_EQ(created.status, 201U);
  EXPECT_EQ(bot.Call("POST", global, next).status, 200U) << "the same name again is an edit";
  EXPECT_EQ(bot.Call("GET", global).body.size(), 1U);
  EXPECT_EQ(bot.Call("PUT", local, Json::array({next})).body[0]["guild_id"], Text(bot.guild().id));
  const std::string one = global + "/" + created.body["id"].get<std::string>();
  EXPECT_EQ(bot.Call("PATCH", one, {{"description", "Changed."}}).body["description"], "Changed.");
  EXPECT_EQ(bot.Call("DELETE", one).status, 204U);
  EXPECT_EQ(bot.Call("GET", global).body.size(), 0U);
  EXPECT_EQ(CodeOf(bot.Call("POST", global, {{"name", "Bad Name"}, {"description", "x"}})), Code(400, 50035));
  EXPECT_EQ(bot.Call("PUT", local, Json::object()).body.size(), 0U) << "D++ writes {} for no commands";
  EXPECT_EQ(CodeOf(bot.Call("GET", "/applications/1/commands")), Code(404, 10002));
}

class InteractionTest : public ::testing::Test {
 protected:
  InteractionTest() {
    bot.Register("next");
    id = Text(UseCommand(bot.discord, {bot.guild().id, "next", nullptr, 0, 0}));
    token = bot.Last("INTERACTION_CREATE")["token"];
  }
  RestAnswer Callback(const Json& body, const std::string& query = "") {
    return bot.Call("POST", "/interactions/" + id + "/" + token + "/callback" + query, body);
  }
  [[nodiscard]] std::string Original() const { return "/webhooks/" + bot.Id() + "/" + token + "/messages/@original"; }

  TestBot bot;
  std::string id;
  std::string token;
};

TEST_F(InteractionTest, IsAcknowledgedOnce) {
  EXPECT_EQ(Callback({{"type", 4}, {"data", {{"content", "soon"}}}}).status, 204U);
  EXPECT_EQ(CodeOf(Callback({{"type", 4}, {"data", {{"content", "soon"}}}})), Code(400, 40060));
  EXPECT_EQ(bot.Last("MESSAGE_CREATE")["content"], "soon");
  EXPECT_EQ(bot.discord.ledger.ToJson()["commands"],
            Json::parse(R"([{"name": "next", "sent": 1, "acknowledged": 1}])"));
}

TEST_F(InteractionTest, RefusesWhatIsUnknownLateOrEmpty) {
  EXPECT_EQ(CodeOf(bot.Call("POST", "/interactions/" + id + "/wrong/callback", {{"type", 5}})), Code(404, 10062));
  EXPECT_EQ(CodeOf(bot.Call("POST", "/interactions/1/" + token + "/callback", {{"type", 5}})), Code(404, 10062));
  EXPECT_EQ(CodeOf(Callback({{"type", 77}})), Code(400, 50035));
  EXPECT_EQ(CodeOf(Callback({{"type", 4}})), Code(400, 50006));
  EXPECT_EQ(CodeOf(bot.Call("GET", Original())), Code(404, 10015)) << "not acknowledged yet";
  bot.clock.Advance(bot.discord.config.interaction_deadline + std::chrono::milliseconds(1));
  EXPECT_EQ(CodeOf(Callback({{"type", 5}})), Code(404, 10062));
  EXPECT_EQ(bot.discord.interactions.InFlight(), 0U);
}

TEST_F(InteractionTest, IsDeferredThenEdited) {
  EXPECT_EQ(bot.discord.interactions.InFlight(), 1U);
  EXPECT_EQ(Callback({{"type", 5}}).status, 204U);
  EXPECT_EQ(bot.discord.interactions.InFlight(), 0U);
  EXPECT_EQ(bot.Call("GET", Original()).body["flags"], 128);
  const Json edited = bot.Call("PATCH", Original(), {{"content", "in a minute"}}).body;
  EXPECT_EQ(edited["flags"], 0);
  EXPECT_EQ(edited["content"], "in a minute");
  EXPECT_EQ(bot.Call("DELETE", Original()).status, 204U);
  EXPECT_EQ(CodeOf(bot.Call("PATCH", Original(), {{"content", "x"}})), Code(404, 10008));
}

TEST_F(InteractionTest, TakesFollowups) {
  Callback({{"type", 4}, {"data", {{"content", "one"}, {"flags", 64}}}});
  EXPECT_TRUE(bot.gateway.Events("MESSAGE_CREATE").empty()) << "ephemeral";
  const std::string webhook = "/webhooks/" + bot.Id() + "/" + token;
  const Json followup = bot.Call("POST", webhook, {{"content", "two"}}).body;
  const std::string message = webhook + "/messages/" + followup["id"].get<std::string>();
  EXPECT_EQ(bot.Call("PATCH", message, {{"content", "three"}}).body["content"], "three");
  EXPECT_EQ(bot.Call("GET", Original()).body["content"], "one");
  EXPECT_EQ(bot.Call("DELETE", message).status, 204U);
  EXPECT_EQ(CodeOf(bot.Call("GET", message)), Code(404, 10008));
  bot.clock.Advance(std::chrono::minutes(16));
  EXPECT_EQ(CodeOf(bot.Call("POST", webhook, {{"content", "late"}})), Code(401, 50027));
}

TEST_F(InteractionTest, AnswersWithTheMessageWhenAsked) {
  const Json body = Callback({{"type", 4}, {"data", {{"content", "soon"}}}}, "?with_response=true").body;
  EXPECT_EQ(body["interaction"]["id"], id);
  EXPECT_EQ(body["resource"]["message"]["content"], "soon");
}

TEST(FaultAnswer, LooksLikeDiscordsOwn) {
  TestBot bot;
  const RestRequest request{"GET", "/api/v10/users/@me", "Bot any", "", ""};
  const auto shared = FaultAnswer(bot.discord, request, ParseFault({{"kind", "rate_limit"}, {"scope", "shared"}}));
  const std::map<std::string, std::string> headers(shared.headers.begin(), shared.headers.end());
  EXPECT_EQ(shared.status, 429U);
  EXPECT_EQ(headers.at("X-RateLimit-Scope"), "shared");
  EXPECT_NE(headers.at("X-RateLimit-Remaining"), "0");
  const auto global = FaultAnswer(bot.discord, request,
                                  ParseFault({{"kind", "rate_limit"}, {"scope", "global"}, {"retry_after", 2.5}}));
  EXPECT_EQ(global.body["global"], true);
  EXPECT_EQ(global.body["retry_after"], 2.5);
  EXPECT_EQ(FaultAnswer(bot.discord, request, ParseFault({{"kind", "server_error"}, {"status", 502}})).status, 502U);
}

}  // namespace
}  // namespace standin
