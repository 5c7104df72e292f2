#include "guildscope/instrumentation/sqlite/instrumentation.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <string_view>
#include <thread>

#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"

namespace guildscope::sqlite {
namespace {

using testing::CountOf;
using testing::FindPoint;
using testing::RecordedSpan;
using testing::TotalOf;
using testing::ValueOf;
using namespace std::chrono_literals;

/// Plain SQLite, as code that knows nothing of telemetry uses it.
class SqliteTest : public ::testing::Test {
 protected:
  SqliteTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "guildscope-sqlite-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = pattern;
    database_ = Open();
    Execute("CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT UNIQUE)");
    Execute("INSERT INTO songs VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    instrumentation_.emplace(registry_, tracer_, clock_);
  }
  ~SqliteTest() override {
    sqlite3_close_v2(database_);
    instrumentation_.reset();
    std::filesystem::remove_all(folder_);
  }

  sqlite3* Open() {
    sqlite3* database = nullptr;
    if (sqlite3_open((folder_ / "music.db").c_str(), &database) != SQLITE_OK) throw std::runtime_error("sqlite3_open");
    return database;
  }

  int Execute(const char* sql) { return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr); }

  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) throw std::runtime_error("prepare");
    return statement;
  }

  double Queries(const std::string& operation, const std::string& table, const std::string& status = "success") {
    return ValueOf(registry_, "disruptor.database.queries", {operation, table, status});
  }
  double Errors(const std::string& operation, const std::string& table, const std::string& type) {
    return ValueOf(registry_, "disruptor.database.errors", {operation, table, type});
  }
  double AllQueries() { return TotalOf(registry_, "disruptor.database.queries"); }

  std::filesystem::path folder_;
  sqlite3* database_ = nullptr;
  testing::FakeClock clock_;
  metrics::Registry registry_{{}, clock_};
  tracing::Tracer tracer_;
  testing::RecordedSpans spans_;
  std::optional<Instrumentation> instrumentation_;
};

TEST_F(SqliteTest, TheHooksAreLive) { EXPECT_TRUE(instrumentation_->live()); }

TEST_F(SqliteTest, CountsEachExecutionOfAPreparedStatementOnce) {
  sqlite3_stmt* statement = Prepare("SELECT title FROM songs WHERE id > ?1");
  EXPECT_EQ(AllQueries(), 0);
  for (int i = 0; i < 5; ++i) {
    sqlite3_bind_int(statement, 1, i);
    while (sqlite3_step(statement) == SQLITE_ROW) {
    }
    sqlite3_reset(statement);
  }
  EXPECT_EQ(Queries("SELECT", "songs"), 5);
  sqlite3_finalize(statement);
  EXPECT_EQ(AllQueries(), 5);
  EXPECT_EQ(CountOf(registry_, "disruptor.database.query.duration", {"SELECT", "songs"}), 5U);
  EXPECT_EQ(CountOf(registry_, "db.client.operation.duration", {"sqlite", "SELECT", "songs", ""}), 5U);
  EXPECT_EQ(spans_.Take().size(), 5U);
}

TEST_F(SqliteTest, ASpanSaysWhatRanWhereAndUnderWhat) {
  tracing::SpanContext command;
  {
    const auto active = tracer_.StartActive("command queue");
    command = tracing::CurrentSpan();
    Execute("SELECT title FROM songs WHERE title = 'hidden word'");
  }
  const auto spans = spans_.Take();
  ASSERT_EQ(spans.size(), 2U);
  const RecordedSpan& span = spans.front();
  EXPECT_EQ(span.name, "SELECT songs");
  EXPECT_EQ(span.kind, tracing::SpanKind::kClient);
  EXPECT_EQ(span.parent_span_id, command.span_id);
  EXPECT_EQ(span["db.system.name"], "sqlite");
  EXPECT_EQ(span["db.namespace"], "music.db");
  EXPECT_EQ(span["db.operation.name"], "SELECT");
  EXPECT_EQ(span["db.collection.name"], "songs");
  EXPECT_EQ(span["db.query.text"], "SELECT title FROM songs WHERE title = ?");
  EXPECT_FALSE(span.is_error);
}

TEST_F(SqliteTest, TheParentIsWhatIsCurrentAtTheFirstStep) {
  sqlite3_stmt* statement = Prepare("SELECT id FROM songs");
  tracing::SpanContext first;
  {
    const auto active = tracer_.StartActive("first");
    first = tracing::CurrentSpan();
    sqlite3_step(statement);
  }
  const auto active = tracer_.StartActive("second");
  while (sqlite3_step(statement) == SQLITE_ROW) {
  }
  sqlite3_finalize(statement);
  const auto spans = spans_.Take();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[1].name, "SELECT songs");
  EXPECT_EQ(spans[1].parent_span_id, first.span_id);
}

TEST_F(SqliteTest, TheDurationIsFromTheFirstStepToTheEnd) {
  sqlite3_stmt* statement = Prepare("SELECT id FROM songs");
  clock_.Advance(1h);
  sqlite3_step(statement);
  clock_.Advance(2s);
  while (sqlite3_step(statement) == SQLITE_ROW) {
  }
  clock_.Advance(1h);
  sqlite3_finalize(statement);
  EXPECT_DOUBLE_EQ(FindPoint(registry_, "disruptor.database.query.duration", {"SELECT", "songs"})->sum, 2);
}

TEST_F(SqliteTest, AStatementThatIsLeftEarlyIsASuccess) {
  sqlite3_stmt* statement = Prepare("SELECT id FROM songs");
  sqlite3_step(statement);
  EXPECT_EQ(AllQueries(), 0);
  sqlite3_reset(statement);
  EXPECT_EQ(Queries("SELECT", "songs"), 1);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
  EXPECT_EQ(Queries("SELECT", "songs"), 2);
  EXPECT_EQ(spans_.Take().size(), 2U);
}

TEST_F(SqliteTest, AStepAfterTheEndIsAnotherExecution) {
  sqlite3_stmt* statement = Prepare("UPDATE songs SET title = title WHERE id = 1");
  EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE);
  sqlite3_finalize(statement);
  EXPECT_EQ(Queries("UPDATE", "songs"), 2);
}

TEST_F(SqliteTest, AStatementThatNeverRanIsNotCounted) {
  sqlite3_stmt* statement = Prepare("SELECT 1");
  sqlite3_reset(statement);
  sqlite3_finalize(statement);
  EXPECT_EQ(sqlite3_finalize(nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_reset(nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(nullptr), SQLITE_MISUSE);
  EXPECT_EQ(AllQueries(), 0);
}

TEST_F(SqliteTest, CountsEachStatementOfAScriptAndStopsWhereItFails) {
  EXPECT_EQ(Execute("BEGIN; INSERT INTO songs VALUES (4, 'four;'); -- a; b\n COMMIT;"), SQLITE_OK);
  EXPECT_EQ(Queries("BEGIN", ""), 1);
  EXPECT_EQ(Queries("INSERT", "songs"), 1);
  EXPECT_EQ(Queries("COMMIT", ""), 1);
  EXPECT_EQ(AllQueries(), 3);

  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(database_, "DELETE FROM songs; INSERT INTO absent VALUES (1); DROP TABLE songs", nullptr,
                         nullptr, &message),
            SQLITE_ERROR);
  EXPECT_STREQ(message, "no such table: absent");
  sqlite3_free(message);
  EXPECT_EQ(Queries("DELETE", "songs"), 1);
  EXPECT_EQ(Errors("INSERT", "absent", "not_found"), 1);
  EXPECT_EQ(AllQueries(), 5);
  EXPECT_EQ(Execute(" -- nothing\n"), SQLITE_OK);
  EXPECT_EQ(Execute(""), SQLITE_OK);
  EXPECT_EQ(AllQueries(), 5);
}

TEST_F(SqliteTest, ExecGivesTheRowsOfEveryStatementToTheCallback) {
  std::vector<std::string> cells;
  const auto collect = [](void* into, int columns, char** values, char**) {
    for (int i = 0; i < columns; ++i) static_cast<std::vector<std::string>*>(into)->emplace_back(values[i]);
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(database_, "SELECT id FROM songs; SELECT 'x', 'y'", collect, &cells, nullptr), SQLITE_OK);
  EXPECT_THAT(cells, ::testing::ElementsAre("1", "2", "3", "x", "y"));
  EXPECT_EQ(AllQueries(), 2);

  const auto refuse = [](void*, int, char**, char**) { return 1; };
  EXPECT_EQ(sqlite3_exec(database_, "SELECT id FROM songs; SELECT 1", refuse, nullptr, nullptr), SQLITE_ABORT);
  EXPECT_EQ(AllQueries(), 3);
}

TEST_F(SqliteTest, GetTableIsOneExecution) {
  char** table = nullptr;
  int rows = 0;
  EXPECT_EQ(sqlite3_get_table(database_, "SELECT id FROM songs", &table, &rows, nullptr, nullptr), SQLITE_OK);
  sqlite3_free_table(table);
  EXPECT_EQ(rows, 3);
  EXPECT_EQ(Queries("SELECT", "songs"), 1);
}

TEST_F(SqliteTest, KnowsAConstraint) {
  EXPECT_EQ(Execute("INSERT INTO songs VALUES (9, 'one')"), SQLITE_CONSTRAINT);
  EXPECT_EQ(Errors("INSERT", "songs", "constraint"), 1);
  EXPECT_EQ(Queries("INSERT", "songs", "error"), 1);
  const RecordedSpan span = spans_.TakeOnly();
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span["error.type"], "constraint");
  EXPECT_EQ(span["db.response.status_code"], std::to_string(SQLITE_CONSTRAINT_UNIQUE));
  EXPECT_EQ(span.description, "constraint failed");
}

TEST_F(SqliteTest, CountsAFailedPreparedStatementOnceWhateverIsDoneAfterwards) {
  sqlite3_stmt* statement = Prepare("INSERT INTO songs VALUES (1, 'again')");
  EXPECT_EQ(sqlite3_step(statement), SQLITE_CONSTRAINT);
  EXPECT_EQ(sqlite3_reset(statement), SQLITE_CONSTRAINT);
  sqlite3_finalize(statement);
  EXPECT_EQ(AllQueries(), 1);
  EXPECT_EQ(Errors("INSERT", "songs", "constraint"), 1);
}

TEST_F(SqliteTest, KnowsATextThatDoesNotCompile) {
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database_, "SELECT * FORM songs", -1, &statement, nullptr), SQLITE_ERROR);
  EXPECT_EQ(Errors("SELECT", "", "syntax"), 1);
  constexpr std::string_view kText = "SELECT * FROM absent; and more";
  EXPECT_EQ(sqlite3_prepare_v3(database_, kText.data(), 20, 0, &statement, nullptr), SQLITE_ERROR);
  EXPECT_EQ(Errors("SELECT", "absent", "not_found"), 1);
  EXPECT_EQ(sqlite3_prepare(database_, "DELETE FROM songs WHERE absent_column = 1", -1, &statement, nullptr),
            SQLITE_ERROR);
  EXPECT_EQ(Errors("DELETE", "songs", "not_found"), 1);
  EXPECT_EQ(sqlite3_prepare16_v2(database_, u"UPDATE absent SET x = 1", -1, &statement, nullptr), SQLITE_ERROR);
  EXPECT_EQ(Errors("UPDATE", "absent", "not_found"), 1);
  // As before: the application reads SQLite's message afterwards.
  EXPECT_STREQ(sqlite3_errmsg(database_), "no such table: absent");
  EXPECT_EQ(AllQueries(), 4);
}

TEST_F(SqliteTest, ARetryAfterBusyIsAnotherExecution) {
  sqlite3* other = Open();
  ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_stmt* statement = Prepare("INSERT INTO songs VALUES (5, 'five')");
  EXPECT_EQ(sqlite3_step(statement), SQLITE_BUSY);
  EXPECT_EQ(Errors("INSERT", "songs", "busy"), 1);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_BUSY);
  EXPECT_EQ(Errors("INSERT", "songs", "busy"), 2);
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE);
  EXPECT_EQ(Queries("INSERT", "songs"), 1);
  EXPECT_EQ(Queries("INSERT", "songs", "error"), 2);
  sqlite3_finalize(statement);
  sqlite3_close(other);
}

TEST_F(SqliteTest, KnowsAReadOnlyDatabaseAndAnInterrupt) {
  Execute("PRAGMA query_only = ON");
  EXPECT_EQ(Execute("DELETE FROM songs"), SQLITE_READONLY);
  EXPECT_EQ(Errors("DELETE", "songs", "permission"), 1);
  EXPECT_EQ(Queries("PRAGMA", ""), 1);

  sqlite3_progress_handler(database_, 1, [](void*) { return 1; }, nullptr);
  EXPECT_EQ(Execute("SELECT * FROM songs"), SQLITE_INTERRUPT);
  EXPECT_EQ(Errors("SELECT", "songs", "timeout"), 1);
}

TEST_F(SqliteTest, KnowsADatabaseThatDoesNotOpen) {
  sqlite3* database = nullptr;
  const std::string path = folder_ / "absent" / "bot.db";
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_CANTOPEN);
  sqlite3_close(database);
  EXPECT_EQ(Errors("CONNECT", "", "connection"), 1);
  const RecordedSpan span = spans_.TakeOnly();
  EXPECT_EQ(span.name, "CONNECT");
  EXPECT_EQ(span["db.namespace"], "bot.db");
}

TEST_F(SqliteTest, AResetThatFailsToCommitIsAFailure) {
  sqlite3* other = Open();
  ASSERT_EQ(sqlite3_exec(other, "BEGIN; SELECT * FROM songs", nullptr, nullptr, nullptr), SQLITE_OK);
  const double before = AllQueries();
  sqlite3_stmt* statement = Prepare("INSERT INTO songs VALUES (6, 'six') RETURNING id");
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  EXPECT_EQ(sqlite3_reset(statement), SQLITE_BUSY);  // the reader keeps the commit away
  EXPECT_EQ(Errors("INSERT", "songs", "busy"), 1);
  EXPECT_EQ(AllQueries() - before, 1);
  sqlite3_finalize(statement);
  sqlite3_close_v2(other);
}

TEST_F(SqliteTest, AStatementMayOutliveItsClosedConnection) {
  sqlite3* other = Open();
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(other, "SELECT id FROM songs", -1, &statement, nullptr), SQLITE_OK);
  sqlite3_step(statement);
  sqlite3_close_v2(other);
  sqlite3_finalize(statement);
  EXPECT_EQ(Queries("SELECT", "songs"), 1);
}

TEST_F(SqliteTest, RecordsNothingBeforeAndAfter) {
  sqlite3_stmt* running = Prepare("SELECT id FROM songs");
  sqlite3_step(running);
  instrumentation_.reset();
  Execute("SELECT 1");
  EXPECT_EQ(AllQueries(), 0);
  sqlite3_step(running);
  instrumentation_.emplace(registry_, tracer_, clock_);
  sqlite3_reset(running);
  EXPECT_EQ(AllQueries(), 0);
  while (sqlite3_step(running) == SQLITE_ROW) {
  }
  sqlite3_finalize(running);
  EXPECT_EQ(Queries("SELECT", "songs"), 1);
}

TEST_F(SqliteTest, AnExecutionThatEndedUnseenDoesNotHideTheNext) {
  sqlite3_stmt* statement = Prepare("SELECT id FROM songs");
  sqlite3_step(statement);
  instrumentation_.reset();
  while (sqlite3_step(statement) == SQLITE_ROW) {
  }
  instrumentation_.emplace(registry_, tracer_, clock_);
  while (sqlite3_step(statement) == SQLITE_ROW) {
  }
  EXPECT_EQ(Queries("SELECT", "songs"), 1);
  sqlite3_finalize(statement);
}

TEST_F(SqliteTest, TakesOneInstrumentationAtATime) {
  EXPECT_THROW(Instrumentation(registry_, tracer_, clock_), std::logic_error);
}

TEST_F(SqliteTest, CountsExactlyOnManyThreadsThatComeAndGo) {
  constexpr int kThreads = 4;
  constexpr int kStatements = 300;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      sqlite3* mine = Open();
      for (int i = 0; i < kStatements; ++i) {
        // The second one is left early; the addresses of statements are used again and again.
        for (const char* sql : {"SELECT count(*) FROM songs", "SELECT id FROM songs"}) {
          sqlite3_stmt* statement = nullptr;
          sqlite3_prepare_v2(mine, sql, -1, &statement, nullptr);
          sqlite3_step(statement);
          sqlite3_finalize(statement);
        }
      }
      sqlite3_close(mine);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Queries("SELECT", "songs"), 2 * kThreads * kStatements);
  EXPECT_EQ(AllQueries(), 2 * kThreads * kStatements);
}

TEST_F(SqliteTest, OneStatementMayBeUsedByManyThreads) {
  sqlite3_stmt* statement = Prepare("SELECT 1");  // a connection that SQLite serializes
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) ended += sqlite3_step(statement) == SQLITE_DONE ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  sqlite3_finalize(statement);
  EXPECT_GE(AllQueries(), ended);
  EXPECT_LE(AllQueries(), ended + 1);
}

TEST_F(SqliteTest, ComesAndGoesWhileStatementsRun) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      sqlite3* mine = Open();
      while (!stop) sqlite3_exec(mine, "SELECT * FROM songs", nullptr, nullptr, nullptr);
      sqlite3_close(mine);
    });
  }
  for (int i = 0; i < 200; ++i) {
    instrumentation_.reset();
    instrumentation_.emplace(registry_, tracer_, clock_);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace guildscope::sqlite
