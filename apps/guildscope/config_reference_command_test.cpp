#include "apps/guildscope/config_reference_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace guildscope {
namespace {

using ::testing::HasSubstr;

TEST(ConfigReference, IsWhatTheDocumentSays) {
  std::ifstream file(GUILDSCOPE_SOURCE_DIR "/docs/configuration.md");
  std::stringstream document;
  document << file.rdbuf();
  EXPECT_EQ(document.str(), ConfigReference())
      << "make it again: build/bin/guildscope config-reference > docs/configuration.md";
}

TEST(ConfigReference, HasSettingsOfTheBotAndOfTheTelemetry) {
  EXPECT_THAT(ConfigReference(), HasSubstr("| `discord.token` | `DISCORD_TOKEN` | "));
  EXPECT_THAT(ConfigReference(), HasSubstr("| `monitoring.prefix` | `MONITORING_PREFIX` | "));
}

}  // namespace
}  // namespace guildscope
