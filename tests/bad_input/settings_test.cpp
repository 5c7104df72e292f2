#include <gmock/gmock.h>

#include <algorithm>

#include "tests/bad_input/bad_input.hpp"

namespace disruptor {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BadSettings : public BadInput {
 protected:
  /// What both the bot and check-config say of the settings, a problem on each line.
  std::string Problems(const std::string& yaml, const std::map<std::string, std::string>& environment = {}) const {
    const Ending bot = RunBot(yaml, environment);
    const Ending check = Run({PROGRAMS "/guildscope", "check-config", (folder_ / "bot.yaml").string()}, environment);
    EXPECT_EQ(bot.status, 2);
    EXPECT_EQ(check.status, 2);
    EXPECT_THAT(bot.errors, EndsWith(check.errors)) << "the tool says what the bot says";
    EXPECT_THAT(bot.output, IsEmpty());
    EXPECT_THAT(check.output, IsEmpty());
    return check.errors;
  }
  static std::string WithToken(const std::string& yaml) {
    return "discord: {token: " + std::string(kToken) + "}\n" + yaml;
  }
  static std::ptrdiff_t Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }
};

TEST_F(BadSettings, BrokenYamlIsOneProblemWithItsLine) {
  const std::string problems = Problems(WithToken("monitoring:\n  prefix: [\nlogging: {}\n"));
  EXPECT_EQ(Lines(problems), 1) << problems;
  EXPECT_THAT(problems, AllOf(HasSubstr("bot.yaml:4: found broken YAML"), HasSubstr("; accepted valid YAML")));
}

TEST_F(BadSettings, EveryProblemIsSaidAtOnce) {
  const std::string problems = Problems(
      "discord:\n"
      "  tokn: " +
          std::string(kToken) +
          "\n"
          "monitoring:\n"
          "  health_server: {port: 70000}\n"
          "  prometheus: {enabled: perhaps}\n"
          "  prefix: a\n"
          "  prefix: b\n"
          "logging:\n"
          "  level: [INFO]\n"
          "database: {url: 'mysql://bot:hunter22@db/x'}\n",
      {{"LOGGING_LOG_FILE_COUNT", "many"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}});
  EXPECT_THAT(problems, HasSubstr("bot.yaml:2: discord.tokn: found an unknown key; accepted 'discord.token'"));
  EXPECT_THAT(problems,
              HasSubstr("bot.yaml:4: monitoring.health_server.port: found '70000'; accepted a whole number from 0"));
  EXPECT_THAT(problems,
              HasSubstr("bot.yaml:5: monitoring.prometheus.enabled: found 'perhaps'; accepted true or false"));
  EXPECT_THAT(problems, HasSubstr("bot.yaml:7: monitoring.prefix: found the same key again"));
  EXPECT_THAT(problems, HasSubstr("bot.yaml:9: logging.level: found a list; accepted one of DEBUG"));
  EXPECT_THAT(problems, HasSubstr("bot.yaml:10: database.url: found 'mysql://bot:***@db/x'; accepted sqlite:PATH"));
  EXPECT_THAT(problems, HasSubstr("environment: LOGGING_LOG_FILE_COUNT: found 'many'"));
  EXPECT_THAT(problems, HasSubstr("environment: OTEL_EXPORTER_OTLP_PROTOCOL: found 'http/json'; accepted one of grpc"));
  EXPECT_THAT(problems, HasSubstr("discord.token: found nothing"));
  EXPECT_THAT(problems, Not(HasSubstr("hunter22")));
  EXPECT_EQ(Lines(problems), 9) << problems;
}

TEST_F(BadSettings, AVariableThatIsNotSetIsNamed) {
  EXPECT_THAT(Problems("discord:\n  token: ${NO_SUCH_TOKEN}\n"),
              HasSubstr("bot.yaml:2: discord.token: found ${NO_SUCH_TOKEN}, which is not set"));
}

TEST_F(BadSettings, AFileThatCannotBeReadIsOneProblem) {
  for (const auto& [path, reason] : {std::pair{folder_ / "none.yaml", "no such file"}, {folder_, "a directory"}}) {
    const Ending bot = Run({PROGRAMS "/disruptor", "--config", path.string()});
    EXPECT_EQ(bot.status, 2);
    EXPECT_THAT(bot.errors, HasSubstr(path.string() + ": found " + reason + "; accepted a readable YAML file"));
    EXPECT_THAT(bot.errors, Not(HasSubstr("discord.token")));
  }
}

TEST_F(BadSettings, GoodOnesAreOk) {
  const Ending check = Run({PROGRAMS "/guildscope", "check-config", Write("good.yaml", WithToken(""))});
  EXPECT_EQ(check.status, 0);
  EXPECT_EQ(check.output, "ok\n");
  EXPECT_EQ(check.errors, "");
}

TEST_F(BadSettings, AWrongCommandLineIsOneLine) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{PROGRAMS "/guildscope", "chek-config"},
                                                  {PROGRAMS "/guildscope"},
                                                  {PROGRAMS "/guildscope", "--loud"},
                                                  {PROGRAMS "/guildscope", "check-config"},
                                                  {PROGRAMS "/guildscope", "catalogue", "--format", "xml"},
                                                  {PROGRAMS "/disruptor", "--loud"}}) {
    const Ending ending = Run(command);
    EXPECT_EQ(ending.status, 2) << command.back();
    EXPECT_EQ(Lines(ending.errors), 1) << ending.errors;
    EXPECT_EQ(ending.output, "");
  }
}

TEST_F(BadSettings, ALogDirectoryBelongsToOneProcess) {
  std::filesystem::create_directories(folder_ / "logs");
  // flock(1) holds the lock as another bot would.
  guildscope::testing::Process other({.command = {"flock", (folder_ / "logs" / ".lock").string(), "sh", "-c",
                                                  "echo '{\"event\":\"locked\"}'; sleep 300"}});
  (void)other.WaitForEvent("locked", kLimit);
  const Ending bot =
      RunBot(WithToken("database: {url: 'sqlite:" + (folder_ / "bot.db").string() + "'}\nlogging: {log_dir: '" +
                       (folder_ / "logs").string() + "'}\nmonitoring: {health_server: {port: 0}}\n"));
  EXPECT_EQ(bot.status, 1);
  EXPECT_THAT(bot.errors, HasSubstr("log directory '" + (folder_ / "logs").string() + "' is in use by"));
  EXPECT_EQ(Lines(bot.errors), 1) << bot.errors;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "bot.db")) << "nothing was begun";
}

}  // namespace
}  // namespace disruptor
