#include "apps/disruptor/settings/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace disruptor {
namespace {

using guildscope::config::ConfigError;
using guildscope::config::MapEnvironment;
using guildscope::config::Problem;
using guildscope::config::Schema;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The keys of the problems that a file has.
std::vector<std::string> ProblemsOf(const std::string& yaml, const std::map<std::string, std::string>& variables) {
  BotSettings settings;
  Schema schema;
  AddBotFields(schema, settings);
  std::vector<std::string> keys;
  try {
    schema.LoadText(yaml, "a.yaml", MapEnvironment(variables));
  } catch (const ConfigError& error) {
    for (const Problem& problem : error.problems()) keys.push_back(problem.where + " " + problem.key);
  }
  return keys;
}

TEST(BotSettings, HaveDefaultsThatAreGoodButForTheToken) {
  EXPECT_THAT(ProblemsOf("", {{"DISCORD_TOKEN", "token"}}), IsEmpty());
  EXPECT_THAT(ProblemsOf("", {}), ElementsAre("default discord.token"));
}

TEST(BotSettings, MayNotContradictEachOther) {
  EXPECT_THAT(ProblemsOf("discord:\n  clusters: 2\n  cluster_id: 2\nscheduler:\n  default_interval: 30s\n",
                         {{"DISCORD_TOKEN", "token"}}),
              ElementsAre("a.yaml:3 discord.cluster_id", "a.yaml:5 scheduler.default_interval"));
}

TEST(BotSettings, TakeOnlyLoopbackAddressesForAStandIn) {
  EXPECT_EQ(LoopbackPort("127.0.0.1:8443"), 8443);
  EXPECT_EQ(LoopbackPort("localhost:1"), 1);
  EXPECT_EQ(LoopbackPort("127.9.9.9:65535"), 65535);
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:80x", "10.0.0.1:80",
        "discord.com:443", "127.0.0.1.example.com:443", "127.1:80", "[::1]:80", ":80"}) {
    EXPECT_EQ(LoopbackPort(text), 0) << text;
  }
}

TEST(BotSettings, AreReadFromAFileAndTheEnvironment) {
  BotSettings settings;
  Schema schema;
  AddBotFields(schema, settings);
  schema.LoadText(
      "discord:\n  standin: 127.0.0.1:8443\nscheduler:\n  minimum_interval: 1s\n  default_interval: 5s\n"
      "  default_chance: 60\n",
      "a.yaml", MapEnvironment({{"DISCORD_TOKEN", "abc"}, {"SCHEDULER_WORKERS", "8"}}));
  EXPECT_EQ(settings.discord.token, "abc");
  EXPECT_EQ(settings.discord.standin, "127.0.0.1:8443");
  EXPECT_EQ(settings.scheduler.default_interval, seconds(5));
  EXPECT_EQ(settings.scheduler.default_chance, 60);
  EXPECT_EQ(settings.scheduler.workers, 8);
  EXPECT_THAT(schema.SecretValues(), ElementsAre("abc"));
}

TEST(MusicSettings, NeedNoKey) {
  BotSettings settings;
  Schema schema;
  AddBotFields(schema, settings);
  schema.LoadText("music: {sounds_directory: sounds, cache: {directory: /var/cache/bot}}", "a.yaml",
                  MapEnvironment({{"DISCORD_TOKEN", "abc"}, {"MUSIC_YOUTUBE_API_KEY", "key"}}));
  EXPECT_EQ(settings.music.search.sounds_directory, "sounds");
  EXPECT_EQ(settings.music.audio.cache_directory, "/var/cache/bot");
  EXPECT_EQ(settings.music.search.youtube_api_key, "key");
  EXPECT_THAT(schema.SecretValues(), ElementsAre("abc", "key"));
}

TEST(MusicSettings, MayNotContradictEachOther) {
  const std::map<std::string, std::string> token{{"DISCORD_TOKEN", "token"}};
  EXPECT_THAT(ProblemsOf("music:\n  spotify:\n    client_id: id\n", token),
              ElementsAre("default music.spotify.client_secret"));
  EXPECT_THAT(ProblemsOf("music:\n  queue:\n    total: 5\n    per_guild: 6\n", token),
              ElementsAre("a.yaml:4 music.queue.per_guild"));
  EXPECT_THAT(ProblemsOf("music:\n  youtube:\n    watch_url: https://example.com/watch\n    api_url: ftp://x\n", token),
              ElementsAre("a.yaml:3 music.youtube.watch_url", "a.yaml:4 music.youtube.api_url"));
}

TEST(ProgramSettings, ReportTheProblemsOfFieldsContradictionsAndTelemetryAtOnce) {
  try {
    (void)LoadProgramSettings("", MapEnvironment({{"SCHEDULER_WORKERS", "0"},
                                                  {"DISCORD_STANDIN", "example.com:1"},
                                                  {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}}));
    FAIL() << "no exception";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.problems().size(), 4U) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("discord.token"));
  }
}

TEST(ProgramSettings, KnowTheirSecrets) {
  const ProgramSettings settings = LoadProgramSettings("", MapEnvironment({{"DISCORD_TOKEN", "abc.def"}}));
  EXPECT_EQ(settings.bot.discord.token, "abc.def");
  EXPECT_THAT(settings.secrets, ElementsAre("abc.def"));
}

TEST(LoadProgramSettings, SaysOnlyThatAFileCannotBeRead) {
  try {
    (void)LoadProgramSettings("/no/such.yaml", MapEnvironment({}));
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "/no/such.yaml: found no such file; accepted a readable YAML file");
  }
}

}  // namespace
}  // namespace disruptor
