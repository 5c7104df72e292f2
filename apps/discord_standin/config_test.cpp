#include "apps/discord_standin/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "guildscope/config/schema.hpp"

namespace standin {
namespace {

using ::testing::HasSubstr;

std::string Write(const std::string& text) {
  const std::string path = ::testing::TempDir() + "standin_" + std::to_string(::getpid()) + ".yaml";
  std::ofstream(path) << text;
  return path;
}

TEST(LoadConfig, ReadsWhatTheFileSays) {
  const Config config = LoadConfig(Write(R"(
port: 0
guilds: 7
heartbeat_interval: 2s
commands_per_second: 2.5
command_weights: {next: 1}
command_options: {chance: '{"percent": [5]}'}
)"));
  EXPECT_EQ(config.port, 0);
  EXPECT_EQ(config.guilds, 7U);
  EXPECT_EQ(config.heartbeat_interval, std::chrono::seconds(2));
  EXPECT_EQ(config.commands_per_second, 2.5);
  EXPECT_EQ(config.command_weights, (std::map<std::string, std::string>{{"next", "1"}}));
  EXPECT_EQ(config.max_concurrency, 1U);
}

TEST(LoadConfig, ReportsEveryProblemAtOnce) {
  try {
    (void)LoadConfig(Write("port: 99999\nguild: 3\ncommand_weights: {next: often}\ncommand_options: {next: '[]'}\n"));
    FAIL() << "accepted";
  } catch (const guildscope::config::ConfigError& error) {
    EXPECT_EQ(error.problems().size(), 4U) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("guilds"));
  }
}

TEST(LoadConfig, ReadsVariablesOfItsOwnAlone) {
  ::setenv("PORT", "1", 1);
  ::setenv("DISCORD_STANDIN_GUILDS", "9", 1);
  ::setenv("DISCORD_TOKEN", "from-the-environment", 1);
  const Config config = LoadConfig(Write("token: ${DISCORD_TOKEN}\n"));
  ::unsetenv("PORT");
  ::unsetenv("DISCORD_STANDIN_GUILDS");
  ::unsetenv("DISCORD_TOKEN");
  EXPECT_EQ(config.port, 8443);
  EXPECT_EQ(config.guilds, 9U);
  EXPECT_EQ(config.token, "from-the-environment");
}

}  // namespace
}  // namespace standin
