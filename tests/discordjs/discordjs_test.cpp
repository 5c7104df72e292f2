#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/process.hpp"

namespace {

using guildscope::testing::Eventually;
using guildscope::testing::Process;
using nlohmann::json;
using std::chrono::seconds;

constexpr seconds kLimit{60};
constexpr auto kToken = "MTIz.a-token.of-discord-js";

class DiscordJsTest : public ::testing::Test {
 protected:
  DiscordJsTest() {
    std::filesystem::create_directories(folder_);
    const json settings{{"port", 0},       {"control_port", 0}, {"ca_file", (folder_ / "ca.pem").string()},
                        {"token", kToken}, {"guilds", 3},       {"gateway_url", "wss://127.0.0.1:{port}"}};
    std::ofstream(folder_ / "standin.yaml") << settings.dump();
    standin_ = std::make_unique<Process>(
        guildscope::testing::ProcessOptions{.command = {STANDIN, "--config", (folder_ / "standin.yaml").string()}});
    const json listening = standin_->WaitForEvent("listening", kLimit);
    control_port_ = listening.at("control_port");
    discord_port_ = listening.at("discord_port");
  }
  ~DiscordJsTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Process> StartBot(const std::string& token = kToken) {
    return std::make_unique<Process>(guildscope::testing::ProcessOptions{
        .command = {"node", "bot.mjs"},
        .environment = {{"STANDIN_API", "https://127.0.0.1:" + std::to_string(discord_port_) + "/api"},
                        {"STANDIN_TOKEN", token},
                        {"NODE_EXTRA_CA_CERTS", (folder_ / "ca.pem").string()}},
        .working_directory = BOT_FOLDER});
  }

  json Get(const std::string& path) { return json::parse(guildscope::testing::Get(control_port_, path).body); }
  json Post(const std::string& path, const json& body) {
    const auto answer = guildscope::testing::Post(control_port_, path, body.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body);
  }

  std::int64_t Requests(const std::string& method, const std::string& endpoint, int status) {
    const json ledger = Get("/ledger");
    for (const json& row : ledger["rest"]) {
      if (row["method"] == method && row["endpoint"] == endpoint && row["status"] == status) return row["count"];
    }
    return 0;
  }

  std::int64_t Events(const std::string& type) {
    const json ledger = Get("/ledger");
    for (const json& row : ledger["gateway"]["events"]) {
      if (row["event_type"] == type) return row["count"];
    }
    return 0;
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("discordjs_" + std::to_string(::getpid()));
  std::unique_ptr<Process> standin_;
  std::uint16_t control_port_ = 0;
  std::uint16_t discord_port_ = 0;
};

TEST_F(DiscordJsTest, LogsInSeesTheGuildsAndAnswersCommands) {
  const auto bot = StartBot();
  EXPECT_EQ(bot->WaitForEvent("ready", kLimit).at("guilds").size(), 3U);
  (void)bot->WaitForEvent("registered", kLimit);
  const json guild = Get("/guilds")[0];
  const json sent =
      Post("/interactions", {{"guild_id", guild["id"]}, {"command", "interval"}, {"options", {{"duration", "5m"}}}});
  const auto answer = [&] { return Get("/interactions/" + sent["id"].get<std::string>()); };
  EXPECT_TRUE(Eventually([&] { return answer()["content"] == "every 5m"; })) << answer() << bot->Output();
  const json slow = Post("/interactions", {{"guild_id", guild["id"]}, {"command", "slow"}});
  EXPECT_TRUE(Eventually([&] {
    return Get("/interactions/" + slow["id"].get<std::string>())["followups"].size() == 1;
  })) << bot->Output();

  EXPECT_EQ(Requests("POST", "/interactions/{interaction.id}/{interaction.token}/callback", 204) +
                Requests("POST", "/interactions/{interaction.id}/{interaction.token}/callback", 200),
            2);
  EXPECT_EQ(Requests("PUT", "/applications/{application.id}/commands", 200), 1);
  EXPECT_EQ(Requests("POST", "/channels/{channel.id}/messages", 200), 1) << "a form with a file";
  EXPECT_EQ(Requests("DELETE", "/channels/{channel.id}/messages/{message.id}", 204), 1);
  EXPECT_EQ(
      Get("/ledger")["commands"],
      json::parse(R"([{"name":"interval","sent":1,"acknowledged":1},{"name":"slow","sent":1,"acknowledged":1}])"));
  bot->Signal(SIGTERM);
  EXPECT_EQ(bot->Wait(kLimit)->exit_status, 0);
  EXPECT_TRUE(Eventually([&] { return Get("/ledger")["guilds"][0]["connected"] == false; }));
}

TEST_F(DiscordJsTest, ResumesAfterADroppedSocketAndMissesNothing) {
  const auto bot = StartBot();
  (void)bot->WaitForEvent("registered", kLimit);
  const std::string guild = Get("/guilds")[0]["id"];
  Post("/faults", {{"kind", "drop_gateway"}, {"shard", 0}});
  Post("/faults", {{"kind", "guild_vanish"}, {"guild_id", guild}, {"removed", true}});
  (void)bot->WaitForEvent("resumed", kLimit);
  EXPECT_EQ(bot->WaitForEvent("guild_left", kLimit).at("id"), guild);
  EXPECT_TRUE(Eventually([&] { return Events("RESUMED") == 1; }));
  EXPECT_EQ(Get("/ledger")["gateway"]["resumes"], json::parse(R"([{"shard":0,"count":1}])"));
  EXPECT_EQ(Get("/ledger")["gateway"]["identifies"], json::parse(R"([{"shard":0,"count":1}])"));
}

TEST_F(DiscordJsTest, IdentifiesAgainAfterAnInvalidSession) {
  const auto bot = StartBot();
  (void)bot->WaitForEvent("registered", kLimit);
  Post("/faults", {{"kind", "invalid_session"}, {"shard", 0}, {"resumable", false}});
  EXPECT_TRUE(Eventually([&] { return Events("READY") == 2; })) << bot->Output() << Get("/ledger")["gateway"];
  EXPECT_EQ(Get("/ledger")["gateway"]["identifies"], json::parse(R"([{"shard":0,"count":2}])"));
}

TEST_F(DiscordJsTest, ResumesWhenAskedToReconnect) {
  const auto bot = StartBot();
  (void)bot->WaitForEvent("registered", kLimit);
  Post("/faults", {{"kind", "reconnect"}, {"shard", 0}});
  (void)bot->WaitForEvent("resumed", kLimit);
  EXPECT_EQ(Events("READY"), 1);
}

TEST_F(DiscordJsTest, WaitsOutARateLimit) {
  Post("/faults",
       {{"kind", "rate_limit"}, {"retry_after", 0.5}, {"endpoint", "/applications/{application.id}/commands"}});
  const auto bot = StartBot();
  (void)bot->WaitForEvent("registered", kLimit);
  EXPECT_EQ(Requests("PUT", "/applications/{application.id}/commands", 429), 1);
  EXPECT_EQ(Requests("PUT", "/applications/{application.id}/commands", 200), 1);
}

TEST_F(DiscordJsTest, IsRefusedWithAWrongToken) {
  const auto bot = StartBot("another.token.altogether");
  EXPECT_EQ(bot->WaitForEvent("login_failed", kLimit).at("code"), "TokenInvalid");
  EXPECT_EQ(Requests("GET", "/gateway/bot", 401), 1);
}

TEST_F(DiscordJsTest, TheStandInEndsWithinTwoSecondsOfASignal) {
  const auto bot = StartBot();
  (void)bot->WaitForEvent("registered", kLimit);
  standin_->Signal(SIGTERM);
  const auto end = standin_->Wait(seconds(2));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_status, 0) << standin_->Errors();
}

}  // namespace
