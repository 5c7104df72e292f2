#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "tests/bot/bot_run.hpp"

namespace disruptor {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class BotEnding : public BotRun {
 protected:
  /// The one line that the bot ends with.
  std::string Message() { return bot().Errors(); }
};

TEST_F(BotEnding, IsOneLineAndStatus2ForAnUnknownFlag) {
  Process bot({.command = {PROGRAMS "/disruptor", "--bogus"}});
  EXPECT_EQ(bot.Wait(60s), (ProcessEnd{.exit_status = 2}));
  EXPECT_THAT(bot.Errors(), AllOf(HasSubstr("--bogus"), HasSubstr("--config FILE")));
  const std::string errors = bot.Errors();
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1);
}

TEST_F(BotEnding, NamesEveryProblemOfTheSettingsAndHasStatus2) {
  const ProcessEnd end = RunBot({{"scheduler", {{"workers", 0}, {"worker", 1}}}, {"discord", {{"token", nullptr}}}});
  EXPECT_EQ(end.exit_status, 2);
  EXPECT_THAT(Message(),
              AllOf(HasSubstr("scheduler.workers"), HasSubstr("scheduler.worker:"), HasSubstr("discord.token")));
}

TEST_F(BotEnding, HasStatus2WhereTheCertificateOfTheStandInIsMissing) {
  EXPECT_EQ(RunBot({{"discord", {{"standin", "127.0.0.1:1"}}}}).exit_status, 2);
  EXPECT_THAT(Message(), HasSubstr("discord.standin_ca_file"));
}

TEST_F(BotEnding, HasStatus3ForATokenThatDiscordRefuses) {
  StartStandin({{"token", "another"}});
  EXPECT_EQ(RunBot().exit_status, 3);
  EXPECT_THAT(Message(), HasSubstr("refuses the token"));
}

TEST_F(BotEnding, HasStatus3ForATokenThatTheGatewayRefuses) {
  StartStandin();
  StartBot();
  Fault({{"kind", "drop_gateway"}, {"code", 4004}});
  EXPECT_EQ(bot().Wait(60s), (ProcessEnd{.exit_status = 3}));
  EXPECT_THAT(Message(), HasSubstr("refuses the token"));
}

TEST_F(BotEnding, HasStatus4ForADatabaseThatCannotBeOpened) {
  StartStandin();
  EXPECT_EQ(RunBot({{"database", {{"url", "sqlite:" + (folder() / "none" / "bot.db").string()}}}}).exit_status, 4);
  EXPECT_THAT(Message(), HasSubstr("cannot open the database"));
  std::ofstream(folder() / "text.db") << std::string(10'000, 'x');
  EXPECT_EQ(RunBot({{"database", {{"url", "sqlite:" + (folder() / "text.db").string()}}}}).exit_status, 4);
  EXPECT_THAT(Message(), HasSubstr("not a database"));
}

TEST_F(BotEnding, HasStatus5ForAPortThatIsTaken) {
  StartStandin();
  StartBot();
  const auto first = playground().TakeBot();
  EXPECT_EQ(RunBot({{"monitoring", {{"health_server", {{"port", playground().http_port()}}}}},
                    {"logging", {{"log_dir", (folder() / "other").string()}}}})
                .exit_status,
            5);
  EXPECT_THAT(Message(), HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(playground().http_port())));
  first->Signal(SIGTERM);
  EXPECT_EQ(first->Wait(60s), (ProcessEnd{.exit_status = 0}));
}

TEST_F(BotEnding, HasStatus6ForAStandInThatIsGone) {
  StartStandin();
  StopStandin();
  EXPECT_EQ(RunBot().exit_status, 6);
  EXPECT_THAT(Message(),
              HasSubstr("cannot reach the stand-in at 127.0.0.1:" + std::to_string(playground().discord_port())));
}

TEST_F(BotEnding, ComesInTimeRightAfterTheStart) {
  StartStandin();
  StartBot(json::object(), /*wait=*/false);
  StopBot();
}

TEST_F(BotEnding, LeavesVoiceAndCountsIt) {
  StartStandin();
  StartBot({{"voice", {{"stay", "1h"}}}});
  const std::string guild = FirstGuild();
  EXPECT_THAT(Use(guild, "disrupt", {}, SomebodyInVoice(guild)), HasSubstr("Here I am"));
  StopBot();
  const json leaves = Ledger().at("voice_leaves");
  EXPECT_EQ(leaves, json::array({{{"guild_id", guild}, {"count", 1}}}));
}

TEST_F(BotEnding, ComesAtOnceWithASecondSignal) {
  StartStandin();
  // The attempt to join gets no answer, so that the first signal has something to wait for.
  StartBot({{"voice", {{"join_timeout", "60s"}}}});
  const std::string guild = FirstGuild();
  Fault({{"kind", "voice_deny"}, {"guild_id", guild}});
  (void)Begin(guild, "disrupt", {}, SomebodyInVoice(guild));
  ASSERT_TRUE(Eventually([this] { return !Ledger().at("voice_joins").empty(); }));
  bot().Signal(SIGTERM);
  ASSERT_TRUE(bot().WaitForText("because of a signal", 60s));
  bot().Signal(SIGTERM);
  EXPECT_EQ(bot().Wait(60s), (ProcessEnd{.exit_status = -1, .signal = SIGTERM}));
}

TEST_F(BotEnding, IsNotWhatSighupIsFor) {
  StartStandin();
  StartBot();
  const auto file = playground().bot_file();
  json settings = json::parse(std::ifstream(file));
  settings["logging"]["level"] = "LOUD";
  std::ofstream(file) << settings.dump();
  bot().Signal(SIGHUP);
  EXPECT_TRUE(bot().WaitForText("the log levels stay as they are", 60s));
  settings["logging"]["level"] = "DEBUG";
  std::ofstream(file) << settings.dump();
  bot().Signal(SIGHUP);
  EXPECT_TRUE(bot().WaitForText("the log levels were read again", 60s));
  StopBot();
}

}  // namespace
}  // namespace disruptor
