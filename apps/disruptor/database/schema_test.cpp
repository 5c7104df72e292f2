#include "apps/disruptor/database/schema.hpp"

#include <gtest/gtest.h>

#include "apps/disruptor/database/test_backend.hpp"

namespace disruptor {
namespace {

class SchemaTest : public ::testing::TestWithParam<Dialect> {
 protected:
  TestBackend backend_{GetParam()};
  guildscope::metrics::Registry registry_;
  Database database_{backend_.Url(), {}, registry_};
};

INSTANTIATE_TEST_SUITE_P(, SchemaTest, ::testing::Values(Dialect::kSqlite, Dialect::kPostgresql),
                         ::testing::PrintToStringParamName());

TEST_P(SchemaTest, KeepsWhatGuildsHaveChosenThroughEveryStep) {
  database_.Migrate(SchemaMigrations().first(1));
  database_.Query("INSERT INTO guild_settings (guild_id, chance_percent) VALUES ($1, $2)", 4711, 42);
  database_.Query("INSERT INTO channel_weights (guild_id, channel_id, weight) VALUES ($1, $2, $3)", 4711, 1, 7);
  for (std::size_t count = 2; count <= SchemaMigrations().size(); ++count) {
    database_.Migrate(SchemaMigrations().first(count));
    EXPECT_EQ(database_.Query("SELECT chance_percent FROM guild_settings WHERE guild_id = 4711")[0].Get<int>(0), 42);
    EXPECT_EQ(database_.Query("SELECT weight FROM channel_weights WHERE guild_id = 4711")[0].Get<int>(0), 7);
  }
  EXPECT_NO_THROW(database_.Migrate(SchemaMigrations()));
}

}  // namespace
}  // namespace disruptor
