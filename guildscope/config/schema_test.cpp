#include "guildscope/config/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace guildscope::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

struct Settings {
  std::string token;
  std::string url = "sqlite:bot.db";
  std::string level = "INFO";
  bool enabled = false;
  int port = 8080;
  double ratio = 1;
  std::chrono::seconds stale{300};
  std::map<std::string, std::string> loggers;
  std::map<std::string, std::string> headers;

  Schema schema;

  Settings() {
    schema.Secret("discord.token", &token, "The bot's token")
        .Checked(
            "database.url", &url, "sqlite:PATH or postgresql://...",
            [](const std::string& text) { return text.starts_with("sqlite:") || text.starts_with("postgresql:"); },
            "Where state is kept")
        .Choice("logging.level", &level, {"DEBUG", "INFO"}, "Of all | loggers")
        .StringMap("logging.loggers", &loggers, "Of one logger")
        .Bool("server.enabled", &enabled, "Serves")
        .Integer("server.port", &port, 0, 65535, "Where it listens")
        .Number("server.ratio", &ratio, 0, 1, "A part")
        .Duration("server.stale_after_seconds", &stale, std::chrono::seconds(1), std::chrono::hours(24), "Too late")
        .SecretMap("server.headers", &headers, "Sent along");
  }

  void Load(std::string_view yaml, std::map<std::string, std::string> variables = {}) {
    schema.LoadText(yaml, "config.yaml", MapEnvironment(std::move(variables)));
  }

  std::vector<std::string> Problems(std::string_view yaml, std::map<std::string, std::string> variables = {}) {
    try {
      Load(yaml, std::move(variables));
    } catch (const ConfigError& error) {
      std::vector<std::string> lines;
      for (const Problem& problem : error.problems()) lines.push_back(ToString(problem));
      return lines;
    }
    return {};
  }
};

TEST(Schema, ReadsEveryTypeOfField) {
  Settings settings;
  settings.Load(R"(
discord:
  token: abc
database: {url: 'postgresql://db/x'}
logging:
  level: debug
  loggers:
    music: DEBUG
    dpp: "ERROR"
server:
  enabled: yes
  port: 0
  ratio: 0.5
  stale_after_seconds: 15m
)");
  EXPECT_EQ(settings.token, "abc");
  EXPECT_EQ(settings.url, "postgresql://db/x");
  EXPECT_EQ(settings.level, "DEBUG");
  EXPECT_THAT(settings.loggers, ElementsAre(Pair("dpp", "ERROR"), Pair("music", "DEBUG")));
  EXPECT_TRUE(settings.enabled);
  EXPECT_EQ(settings.port, 0);
  EXPECT_EQ(settings.ratio, 0.5);
  EXPECT_EQ(settings.stale, std::chrono::minutes(15));
}

TEST(Schema, KeepsDefaultsOfAnEmptyFile) {
  for (const char* text : {"", "\n", "# nothing\n", "logging:\n", "logging:\n  loggers:\n"}) {
    Settings settings;
    settings.Load(text);
    EXPECT_EQ(settings.port, 8080) << text;
    EXPECT_FALSE(settings.schema.IsSet("server.port"));
    EXPECT_EQ(settings.schema.Where("server.port"), "default");
  }
}

TEST(Schema, EnvironmentWinsOverTheFile) {
  Settings settings;
  settings.Load("server: {port: 1}\nlogging: {loggers: {music: INFO}}\ndiscord: {token: old}\n",
                {{"SERVER_PORT", "2"}, {"LOGGING_LOGGERS", "dpp=DEBUG, x=INFO"}, {"DISCORD_TOKEN", "new"}});
  EXPECT_EQ(settings.port, 2);
  EXPECT_EQ(settings.token, "new");
  EXPECT_THAT(settings.loggers, ElementsAre(Pair("dpp", "DEBUG"), Pair("x", "INFO")));
  EXPECT_EQ(settings.schema.Where("server.port"), "environment");
}

TEST(Schema, EmptyVariableIsUnset) {
  Settings settings;
  settings.Load("server: {port: 1}\n", {{"SERVER_PORT", ""}});
  EXPECT_EQ(settings.port, 1);
  EXPECT_EQ(settings.schema.Where("server.port"), "config.yaml:1");
}

TEST(Schema, ReplacesVariablesInValues) {
  Settings settings;
  settings.Load(
      "discord: {token: !env TOKEN}\n"
      "database: {url: 'postgresql://${USER}:$${x}@${HOST:-localhost}/'}\n"
      "server:\n  port: ${PORT}\n",
      {{"TOKEN", "abc"}, {"USER", "bot"}, {"PORT", "17"}, {"HOST", ""}});
  EXPECT_EQ(settings.token, "abc");
  EXPECT_EQ(settings.url, "postgresql://bot:${x}@localhost/");
  EXPECT_EQ(settings.port, 17);
}

TEST(Schema, ReportsUnsetVariables) {
  Settings settings;
  EXPECT_THAT(settings.Problems("discord: {token: '${TOKEN}'}\nserver:\n  port: !env PORT\n  ratio: ${R\n"),
              ElementsAre("config.yaml:1: discord.token: found ${TOKEN}, which is not set; accepted a text",
                          AllOf(HasSubstr("config.yaml:3: server.port: found !env PORT, which is not set")),
                          HasSubstr("config.yaml:4: server.ratio: found a ${ without its }")));
}

TEST(Schema, ReportsEveryProblemAtOnceWithItsLine) {
  Settings settings;
  EXPECT_THAT(
      settings.Problems(R"(server:
  enabled: perhaps
  port: 70000
  ratio: [1]
  stale_after_seconds: 500ms
  prot: 1
logging:
  level: LOUD
  level: INFO
  loggers: music
discord: abc
database:
  url:
)",
                        {{"SERVER_PORT", "x"}}),
      ElementsAre(
          "config.yaml:2: server.enabled: found 'perhaps'; accepted true or false",
          "config.yaml:3: server.port: found '70000'; accepted a whole number from 0 to 65535",
          "config.yaml:4: server.ratio: found a list; accepted a number from 0 to 1",
          AllOf(HasSubstr("config.yaml:5: server.stale_after_seconds: found '500ms'"), HasSubstr("from 1s to 24h")),
          "config.yaml:6: server.prot: found an unknown key; accepted 'server.port' (the nearest known key)",
          "config.yaml:8: logging.level: found 'LOUD'; accepted one of DEBUG, INFO",
          "config.yaml:9: logging.level: found the same key again; accepted each key once "
          "(it is already at config.yaml:8)",
          "config.yaml:10: logging.loggers: found a single value; accepted a section of names with texts",
          "config.yaml:11: discord: found a single value; accepted a section with: token",
          "config.yaml:13: database.url: found nothing; accepted sqlite:PATH or postgresql://...",
          "environment: SERVER_PORT: found 'x'; accepted a whole number from 0 to 65535"));
}

TEST(Schema, ListsTheKeysOfASectionWhenNoneIsNear) {
  Settings settings;
  EXPECT_THAT(settings.Problems("server: {whatever_this_is: 1}\nelsewhere: {}\n"),
              ElementsAre(HasSubstr("accepted one of enabled, port, ratio, stale_after_seconds, headers"),
                          HasSubstr("accepted one of discord, database, logging, server")));
}

TEST(Schema, ReportsBrokenYamlOnceWithItsLine) {
  Settings settings;
  EXPECT_THAT(settings.Problems("server:\n  port: 1\n bad: [\n"),
              ElementsAre(AllOf(HasSubstr("config.yaml:3: found broken YAML"), HasSubstr("accepted valid YAML"))));
  for (const char* text : {"server: {\n", "server: {"}) {
    EXPECT_THAT(settings.Problems(text), ElementsAre(HasSubstr("config.yaml:1: found broken YAML"))) << text;
  }
  // What stands behind an open quote is its value, up to the file's end.
  for (const char* text : {"server:\n  host: \"a\n  port: 1\n", "server:\n  host: 'a\n\n"}) {
    EXPECT_THAT(settings.Problems(text), ElementsAre(HasSubstr("found broken YAML"))) << text;
  }
  EXPECT_THAT(settings.Problems("- a\n- b\n"), ElementsAre(HasSubstr("config.yaml:1: found a list")));
  EXPECT_THAT(settings.Problems("server: {}\n---\nserver: {}\n"), ElementsAre(HasSubstr("found a second document")));
}

TEST(Schema, DoesNotFollowCirclesOfAliases) {
  Settings settings;
  EXPECT_THAT(settings.Problems("server: &s\n  server: *s\n"), ElementsAre(HasSubstr("server.server")));
}

TEST(Schema, NeverShowsSecrets) {
  Settings settings;
  const auto problems = settings.Problems(
      "discord:\n  token: [tok-in-a-list]\n"
      "database: {url: 'mysql://bot:hunter22@db'}\n"
      "server: {headers: {authorization: [Bearer-xyz]}, port: '${WRONG}'}\n"
      "discrod: {token: tok-at-an-unknown-key}\n",
      {{"WRONG", "a-secret-in-the-wrong-place"}, {"SERVER_HEADERS", "no-pair-but-secret"}});
  ASSERT_EQ(problems.size(), 6U);
  for (const std::string& line : problems) {
    EXPECT_THAT(line, Not(HasSubstr("tok-")));
    EXPECT_THAT(line, Not(HasSubstr("hunter22")));
    EXPECT_THAT(line, Not(HasSubstr("xyz")));
    EXPECT_THAT(line, Not(HasSubstr("secret-in")));
    EXPECT_THAT(line, Not(HasSubstr("but-secret")));
  }
}

TEST(Schema, MasksASecretThatIsRepeatedInAnotherValue) {
  Settings settings;
  EXPECT_THAT(settings.Problems("discord: {token: hunter22}\nserver: {port: xhunter22}\n"),
              ElementsAre(HasSubstr("found 'x***'")));
}

TEST(Schema, KeepsAProblemOnOneLine) {
  Settings settings;
  EXPECT_THAT(settings.Problems("logging: {level: \"a\\nconfig.yaml:9: x\\e[1m\"}\n"),
              ElementsAre(HasSubstr("'a\\nconfig.yaml:9: x\\x1b[1m'")));
}

TEST(Schema, GivesTheRedactorSecretsAndPasswordsOfUrls) {
  Settings settings;
  settings.Load(
      "discord: {token: abc}\ndatabase: {url: 'postgresql://bot:p%40ss@db/x'}\n"
      "server: {headers: {authorization: Bearer xyz, stage: prod}}\n");
  EXPECT_THAT(settings.schema.SecretValues(), ElementsAre("abc", "p%40ss", "p@ss", "Bearer xyz"));
}

TEST(Schema, RefusesKeysThatShareAVariableOrASection) {
  Settings settings;
  EXPECT_THROW(settings.schema.String("server_port", &settings.url, ""), std::logic_error);
  EXPECT_THROW(settings.schema.String("server", &settings.url, ""), std::logic_error);
}

TEST(Schema, RunsStepsThatConcernSeveralFields) {
  Settings settings;
  settings.schema.Finally([&settings](const Schema& schema, std::vector<Problem>& problems) {
    if (settings.enabled && !schema.IsSet("discord.token")) {
      problems.push_back({schema.Where("server.enabled"), "discord.token", "nothing", "a token"});
    }
  });
  EXPECT_THAT(settings.Problems("server: {enabled: on}\n"),
              ElementsAre("config.yaml:1: discord.token: found nothing; accepted a token"));
  EXPECT_THAT(settings.Problems("server: {enabled: on}\n", {{"DISCORD_TOKEN", "x"}}), IsEmpty());
}

TEST(Schema, DocumentsItsFields) {
  const std::string text = Settings().schema.ToMarkdown();
  EXPECT_THAT(text, HasSubstr("| `server.port` | `SERVER_PORT` | a whole number from 0 to 65535 | `8080` | "));
  EXPECT_THAT(text, HasSubstr("| `discord.token` | `DISCORD_TOKEN` | a text (a secret: never printed) | none | "));
  EXPECT_THAT(text, HasSubstr("Of all \\| loggers"));
}

class SchemaFile : public ::testing::Test {
 protected:
  SchemaFile() : folder_(std::filesystem::path(::testing::TempDir()) / "guildscope_schema_file") {
    std::filesystem::create_directories(folder_);
  }
  ~SchemaFile() override { std::filesystem::remove_all(folder_); }

  std::string What(const std::filesystem::path& path, std::map<std::string, std::string> variables = {}) {
    try {
      settings_.schema.Load(path.string(), MapEnvironment(std::move(variables)));
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }

  std::filesystem::path folder_;
  Settings settings_;
};

TEST_F(SchemaFile, IsRead) {
  std::ofstream(folder_ / "a.yaml") << "server: {port: 3}\n";
  EXPECT_EQ(What(folder_ / "a.yaml"), "");
  EXPECT_EQ(settings_.port, 3);
}

TEST_F(SchemaFile, ThatIsMissingIsReportedBesideTheEnvironment) {
  const std::string path = (folder_ / "none.yaml").string();
  EXPECT_EQ(What(path, {{"SERVER_PORT", "x"}}),
            path +
                ": found no such file; accepted a readable YAML file\n"
                "environment: SERVER_PORT: found 'x'; accepted a whole number from 0 to 65535");
}

TEST_F(SchemaFile, ThatIsADirectoryIsReported) { EXPECT_THAT(What(folder_), HasSubstr("found a directory")); }

TEST_F(SchemaFile, ThatHasNoEndIsReported) {
  EXPECT_THAT(What("/dev/zero"), HasSubstr("found more than 1048576 bytes"));
}

TEST_F(SchemaFile, MayBeAbsent) {
  EXPECT_EQ(What("", {{"SERVER_PORT", "4"}}), "");
  EXPECT_EQ(settings_.port, 4);
}

}  // namespace
}  // namespace guildscope::config
