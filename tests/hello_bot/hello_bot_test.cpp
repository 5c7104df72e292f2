#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <regex>

#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/process.hpp"
#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kToken = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GHIJKL.abcdefghijklmnopqrstuvwxyz0123456789AB";

/// The example as it is built for users, run against a stand-in.
class HelloBotTest : public ::testing::Test {
 protected:
  HelloBotTest() : folder_(::testing::TempDir() + "hello_bot_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/standin.yaml")
        << "port: 0\ncontrol_port: 0\nguilds: 3\nca_file: " << folder_ << "/ca.pem\ntoken: " << kToken << '\n';
    standin_.emplace(ProcessOptions{.command = {DISCORD_STANDIN, "--config", folder_ + "/standin.yaml"}});
    const json listening = standin_->WaitForEvent("listening", 60s);
    control_port_ = listening["control_port"];
    bot_.emplace(ProcessOptions{.command = {HELLO_BOT},
                                .environment = {{"LD_PRELOAD", HELLO_BOT_REDIRECT},
                                                {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                                                {"DISCORD_STANDIN", "127.0.0.1:" + listening["discord_port"].dump()},
                                                {"DISCORD_STANDIN_CA", listening["ca_file"]},
                                                {"DISCORD_TOKEN", kToken},
                                                {"MONITORING_HEALTH_SERVER_PORT", "0"}}});
    if (!bot_->WaitForText("/metrics\n", 60s)) throw std::runtime_error("no /metrics: " + bot_->Errors());
    const std::string output = bot_->Output();
    std::smatch port;
    if (!std::regex_search(output, port, std::regex("http://127.0.0.1:([0-9]+)/metrics"))) {
      throw std::runtime_error("no port: " + output);
    }
    port_ = static_cast<std::uint16_t>(std::stoi(port[1]));
  }
  ~HelloBotTest() override { std::filesystem::remove_all(folder_); }

  std::vector<Sample> Metrics() { return ParsePrometheusText(Get(port_, "/metrics").body); }
  json Ledger() { return json::parse(Get(control_port_, "/ledger").body); }
  json Guilds() { return json::parse(Get(control_port_, "/guilds").body); }

  const std::string folder_;
  std::optional<Process> standin_;
  std::optional<Process> bot_;
  std::uint16_t control_port_ = 0;
  std::uint16_t port_ = 0;
};

TEST_F(HelloBotTest, ShowsItsRequestsAndItsCommand) {
  ASSERT_TRUE(Eventually([&] { return Get(port_, "/ready").status == 200; })) << bot_->Errors();
  ASSERT_TRUE(Eventually([&] {
    return SumOf(Metrics(), "disruptor_discord_api_requests_total",
                 {{"endpoint", "/applications/{application.id}/commands"}, {"method", "POST"}}) == 1;
  })) << Ledger().dump(1);

  const json use{{"guild_id", Guilds()[0]["id"]}, {"command", "ping"}};
  ASSERT_EQ(Post(control_port_, "/interactions", use.dump()).status, 200);
  EXPECT_TRUE(Eventually([&] {
    return SumOf(Metrics(), "disruptor_discord_commands_total", {{"command", "ping"}, {"status", "success"}}) == 1;
  })) << Get(port_, "/metrics").body;

  std::map<std::string, double> served;
  const json ledger = Ledger();
  for (const auto& entry : ledger["rest"]) {
    served[entry["endpoint"].get<std::string>() + " " + entry["method"].get<std::string>() + " " +
           entry["status"].dump()] = entry["count"];
  }
  EXPECT_EQ(SumBy(Metrics(), "disruptor_discord_api_requests_total", {"endpoint", "method", "status_code"}), served);
  EXPECT_EQ(SumOf(Metrics(), "disruptor_discord_guild_count"), 3);

  bot_->Signal(SIGTERM);
  EXPECT_EQ(bot_->Wait(30s), (ProcessEnd{.exit_status = 0, .signal = 0})) << bot_->Errors();
  EXPECT_EQ((bot_->Output() + bot_->Errors()).find(kToken), std::string::npos);
}

TEST(HelloBot, SaysThatItNeedsAToken) {
  Process bot({.command = {HELLO_BOT}, .environment = {{"DISCORD_TOKEN", ""}}});
  EXPECT_EQ(bot.Wait(30s), (ProcessEnd{.exit_status = 2, .signal = 0}));
  EXPECT_NE(bot.Errors().find("DISCORD_TOKEN"), std::string::npos);
}

}  // namespace
}  // namespace guildscope::testing
