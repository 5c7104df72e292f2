#include "apps/media_standin/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "guildscope/config/schema.hpp"

namespace media_standin {
namespace {

TEST(LoadConfig, ReadsVariablesOfItsOwnAlone) {
  ::setenv("PORT", "1", 1);
  ::setenv("MEDIA_STANDIN_SONGS", "77", 1);
  const Config config = LoadConfig("");
  ::unsetenv("PORT");
  ::unsetenv("MEDIA_STANDIN_SONGS");
  EXPECT_EQ(config.port, 8091);
  EXPECT_EQ(config.songs, 77U);
}

TEST(LoadConfig, SaysEveryProblemAtOnce) {
  ::setenv("MEDIA_STANDIN_PORT", "many", 1);
  ::setenv("MEDIA_STANDIN_TOKEN_LIFETIME", "0s", 1);
  try {
    (void)LoadConfig("");
    ADD_FAILURE() << "accepted";
  } catch (const guildscope::config::ConfigError& error) {
    EXPECT_EQ(error.problems().size(), 2U) << error.what();
  }
  ::unsetenv("MEDIA_STANDIN_PORT");
  ::unsetenv("MEDIA_STANDIN_TOKEN_LIFETIME");
}

}  // namespace
}  // namespace media_standin
