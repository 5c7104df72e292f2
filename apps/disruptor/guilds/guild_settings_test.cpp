#include "apps/disruptor/guilds/guild_settings.hpp"

#include <gtest/gtest.h>

#include "apps/disruptor/database/database.hpp"
#include "apps/disruptor/database/schema.hpp"
#include "apps/disruptor/guilds/guild_store.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace disruptor {
namespace {

using namespace std::chrono_literals;

guildscope::config::TelemetryOptions Quiet() {
  guildscope::config::TelemetryOptions options;
  options.sdk_disabled = true;
  options.health_server.enabled = false;
  options.logging.level = "ERROR";
  return options;
}

class GuildSettingsTest : public ::testing::Test {
 protected:
  GuildSettingsTest() { database_.Migrate(SchemaMigrations()); }

  guildscope::Telemetry telemetry_{Quiet()};
  Database database_{"sqlite::memory:", {}, telemetry_};
  GuildStore store_{database_};
  const GuildDefaults defaults_{30min, 50};
};

TEST_F(GuildSettingsTest, AreTheDefaultsUntilAGuildChooses) {
  const GuildSettingsBook book(store_, defaults_);
  const GuildSettings settings = book.Get(1);
  EXPECT_EQ(settings.interval, 30min);
  EXPECT_EQ(settings.chance_percent, 50);
  EXPECT_TRUE(settings.weights.empty());
}

TEST_F(GuildSettingsTest, AreKeptInTheDatabase) {
  {
    GuildSettingsBook book(store_, defaults_);
    book.SetInterval(1, 90s);
    book.SetChance(1, 0);
    book.SetChance(1, 75);
    book.SetWeight(1, 10, 5);
    book.SetWeight(1, 10, 7);
    book.SetWeight(2, 20, 0);
    EXPECT_EQ(book.Get(1).interval, 90s);
  }
  const GuildSettingsBook reread(store_, defaults_);
  EXPECT_EQ(reread.Get(1).interval, 90s);
  EXPECT_EQ(reread.Get(1).chance_percent, 75);
  EXPECT_EQ(reread.Get(1).weights, (ChannelWeights{{10, 7}}));
  EXPECT_EQ(reread.Get(2).weights, (ChannelWeights{{20, 0}}));
  EXPECT_EQ(reread.Get(2).chance_percent, 50);
}

TEST_F(GuildSettingsTest, FollowANewDefaultWhereTheGuildHasNotChosen) {
  {
    GuildSettingsBook book(store_, defaults_);
    book.SetChance(1, 75);
  }
  const GuildSettingsBook reread(store_, {1h, 10});
  EXPECT_EQ(reread.Get(1).interval, 1h);
  EXPECT_EQ(reread.Get(1).chance_percent, 75);
}

TEST_F(GuildSettingsTest, TakeTheLargestSnowflakes) {
  constexpr Snowflake kGuild = 0x7fffffffffffffff;
  {
    GuildSettingsBook book(store_, defaults_);
    book.SetWeight(kGuild, kGuild - 1, kMaximumWeight);
  }
  EXPECT_EQ(GuildSettingsBook(store_, defaults_).Get(kGuild).weights.at(kGuild - 1), kMaximumWeight);
}

TEST_F(GuildSettingsTest, DoNotChangeWhenTheyCannotBeKept) {
  GuildSettingsBook book(store_, defaults_);
  book.SetChance(1, 75);
  database_.Query("DROP TABLE guild_settings");
  EXPECT_THROW(book.SetChance(1, 10), DatabaseError);
  EXPECT_THROW(book.SetInterval(1, 1h), DatabaseError);
  EXPECT_EQ(book.Get(1).chance_percent, 75);
  EXPECT_EQ(book.Get(1).interval, 30min);
}

}  // namespace
}  // namespace disruptor
