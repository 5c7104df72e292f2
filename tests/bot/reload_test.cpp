#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <stop_token>
#include <thread>

#include "guildscope/testing/http_client.hpp"
#include "tests/bot/bot_run.hpp"

namespace disruptor {
namespace {

using nlohmann::json;

class BotReload : public BotRun {
 protected:
  /// New levels in the settings' file, and SIGHUP. The bot says each time that it was done.
  void Reload(const char* level) {
    const auto file = playground().bot_file();
    json settings = json::parse(std::ifstream(file));
    settings["logging"].merge_patch(
        {{"level", level}, {"third_party_level", level}, {"loggers", {{"disruptor", "INFO"}}}});
    std::ofstream(file) << settings.dump();
    const std::size_t before = Times(kDone);
    bot().Signal(SIGHUP);
    ASSERT_TRUE(Eventually([&] { return Times(kDone) == before + 1; })) << bot().Errors();
  }

  std::size_t Times(const std::string& text) {
    const std::string said = bot().Errors();
    std::size_t times = 0;
    for (std::size_t at = said.find(text); at != std::string::npos; at = said.find(text, at + 1)) ++times;
    return times;
  }

  /// What went wrong; empty when nothing did.
  static std::string SetLevel(std::uint16_t port, const char* body) try {
    const auto response = guildscope::testing::Send(port, {.method = "PUT",
                                                           .target = "/loggers/commands",
                                                           .headers = {{"content-type", "application/json"}},
                                                           .body = body});
    return response.status == 200 ? "" : response.body;
  } catch (const std::exception& error) {
    return error.what();
  }

  static constexpr const char* kDone = "the log levels were read again";
};

TEST_F(BotReload, BySighupDisturbsNoneOfTheThreadsThatLog) {
  StartStandin();
  StartBot();
  // The HTTP server's threads change a level too, and log it where they may.
  std::string failure;
  std::jthread others([&failure, port = playground().http_port()](const std::stop_token& stop) {
    for (int i = 0; failure.empty() && !stop.stop_requested(); ++i) {
      failure = SetLevel(port, i % 2 == 0 ? R"({"level": "DEBUG"})" : R"({"level": "ERROR"})");
    }
  });
  const std::string guild = FirstGuild();
  std::vector<std::string> begun;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 5; ++i) begun.push_back(Begin(guild, "next"));
    Reload("DEBUG");
    const std::size_t before = Times("the level of logger commands is");
    for (int i = 0; i < 5; ++i) begun.push_back(Begin(guild, "status"));
    EXPECT_TRUE(Eventually([&] { return Times("the level of logger commands is") > before; })) << "nobody may log";
    Reload("CRITICAL");
  }
  others.request_stop();
  others.join();
  EXPECT_EQ(failure, "");
  for (const std::string& id : begun) {
    EXPECT_TRUE(Eventually([&] { return !Interaction(id).at("acknowledged_after").is_null(); })) << id;
  }
  ExpectTelemetryEqualsLedger();
  StopBot();
}

}  // namespace
}  // namespace disruptor
