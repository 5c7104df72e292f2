#include "apps/disruptor/database/migration.hpp"

#include <gmock/gmock.h>

#include <array>
#include <thread>

#include "apps/disruptor/database/database.hpp"
#include "apps/disruptor/database/test_backend.hpp"

namespace disruptor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kMakeSongs = "CREATE TABLE songs (id BIGINT); INSERT INTO songs VALUES (1); -- and more\n";
constexpr std::string_view kAddTitle = "ALTER TABLE songs ADD COLUMN title TEXT DEFAULT 'untitled'";
constexpr std::string_view kBroken = "INSERT INTO songs (id) VALUES (2); INSERT INTO absent VALUES (1);";

constexpr std::array kMigrations{
    Migration{1, "songs", kMakeSongs, kMakeSongs},
    Migration{2, "titles", kAddTitle, kAddTitle},
};
constexpr std::array kBrokenMigrations{kMigrations[0], kMigrations[1], Migration{3, "broken", kBroken, kBroken}};

std::string Complaint(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no complaint";
}

class MigrationTest : public ::testing::TestWithParam<Dialect> {
 protected:
  int Count(const std::string& table) { return database_.Query("SELECT count(*) FROM " + table)[0].Get<int>(0); }

  TestBackend backend_{GetParam()};
  guildscope::metrics::Registry registry_;
  Database database_{backend_.Url(), {}, registry_};
};

INSTANTIATE_TEST_SUITE_P(, MigrationTest, ::testing::Values(Dialect::kSqlite, Dialect::kPostgresql),
                         ::testing::PrintToStringParamName());

TEST_P(MigrationTest, AppliesEachOnce) {
  database_.Migrate(kMigrations);
  database_.Migrate(kMigrations);
  EXPECT_EQ(Count("songs"), 1);
  EXPECT_EQ(database_.Query("SELECT title FROM songs")[0].Get<std::string>(0), "untitled");
  EXPECT_EQ(Count("schema_migrations"), 2);
}

TEST_P(MigrationTest, GoesOnFromWhereItWasAndKeepsTheData) {
  database_.Migrate(std::span(kMigrations).first(1));
  database_.Query("INSERT INTO songs VALUES (2)");
  database_.Migrate(kMigrations);
  EXPECT_EQ(Count("songs"), 2);
}

TEST_P(MigrationTest, RefusesANewerSchemaAndTouchesNothing) {
  database_.Migrate(kMigrations);
  try {
    database_.Migrate(std::span(kMigrations).first(1));
    FAIL() << "it was accepted";
  } catch (const SchemaTooNew& error) {
    EXPECT_EQ(error.found(), 2);
    EXPECT_EQ(error.known(), 1);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("version 2"), HasSubstr("up to 1")));
  }
  EXPECT_EQ(Count("songs"), 1);
  EXPECT_EQ(Count("schema_migrations"), 2);
}

TEST_P(MigrationTest, RefusesTheSchemaOfAnotherProgram) {
  database_.Migrate(kMigrations);
  constexpr std::array kOthers{kMigrations[0], Migration{2, "something else", kAddTitle, kAddTitle}};
  EXPECT_THAT(Complaint([&] { database_.Migrate(kOthers); }), HasSubstr("another program"));
}

TEST_P(MigrationTest, AMigrationThatFailsLeavesNothingBehind) {
  EXPECT_THAT(Complaint([&] { database_.Migrate(kBrokenMigrations); }),
              AllOf(HasSubstr("migration 3 'broken'"), HasSubstr("absent")));
  EXPECT_EQ(Count("songs"), 1);
  EXPECT_EQ(Count("schema_migrations"), 2);
}

TEST_P(MigrationTest, ManyProcessesAtOnceApplyEachOnce) {
  constexpr int kProcesses = 4;
  std::vector<std::thread> processes;
  std::vector<std::string> complaints(kProcesses);
  for (int i = 0; i < kProcesses; ++i) {
    processes.emplace_back([this, &complaint = complaints[static_cast<std::size_t>(i)]] {
      complaint = Complaint([this] {
        guildscope::metrics::Registry registry;
        Database database(backend_.Url(), {.busy_timeout = std::chrono::minutes(1)}, registry);
        database.Migrate(kMigrations);
      });
    });
  }
  for (auto& process : processes) process.join();
  EXPECT_THAT(complaints, ::testing::Each("no complaint"));
  EXPECT_EQ(Count("songs"), 1);
}

TEST_P(MigrationTest, RefusesAListWithAGap) {
  constexpr std::array kGap{kMigrations[0], Migration{3, "late", kAddTitle, kAddTitle}};
  EXPECT_THAT(Complaint([&] { database_.Migrate(kGap); }), AllOf(HasSubstr("'late'"), HasSubstr("accepted: 2")));
}

}  // namespace
}  // namespace disruptor
