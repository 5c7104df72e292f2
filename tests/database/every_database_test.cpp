#include <gmock/gmock.h>

#include <optional>
#include <thread>
#include <vector>

#include "apps/disruptor/database/test_backend.hpp"
#include "guildscope/instrumentation/postgres/instrumentation.hpp"
#include "guildscope/instrumentation/sqlite/instrumentation.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"

/// What the telemetry says of SQLite and PostgreSQL is the same, for the same code that knows nothing of it.
namespace disruptor {
namespace {

namespace testing = guildscope::testing;
using ::testing::ElementsAre;
using ::testing::Not;

class EveryDatabase : public ::testing::TestWithParam<Dialect> {
 protected:
  EveryDatabase() {
    database_.Query("CREATE TABLE songs (id BIGINT PRIMARY KEY, title TEXT)");
    database_.Query("INSERT INTO songs VALUES (1, 'one'), (2, 'two')");
    sqlite_.emplace(registry_, tracer_);
    postgres_.emplace(registry_, tracer_);
  }

  static std::string System() { return GetParam() == Dialect::kSqlite ? "sqlite" : "postgresql"; }

  double Queries(const std::string& operation, const std::string& table, const std::string& status = "success") {
    return testing::ValueOf(registry_, "disruptor.database.queries", {operation, table, status});
  }
  double Errors(const std::string& operation, const std::string& table, const std::string& type) {
    return testing::ValueOf(registry_, "disruptor.database.errors", {operation, table, type});
  }
  double AllQueries() { return testing::TotalOf(registry_, "disruptor.database.queries"); }
  double AllErrors() { return testing::TotalOf(registry_, "disruptor.database.errors"); }

  std::vector<std::string> SpanNames() {
    std::vector<std::string> names;
    for (const auto& span : spans_.Take()) names.push_back(span.name);
    return names;
  }

  guildscope::metrics::Registry registry_;
  guildscope::tracing::Tracer tracer_;
  testing::RecordedSpans spans_;
  TestBackend backend_{GetParam()};
  Database database_{backend_.Url(), {}, registry_};
  std::optional<guildscope::sqlite::Instrumentation> sqlite_;
  std::optional<guildscope::postgres::Instrumentation> postgres_;
};

INSTANTIATE_TEST_SUITE_P(On, EveryDatabase, ::testing::Values(Dialect::kSqlite, Dialect::kPostgresql),
                         ::testing::PrintToStringParamName());

TEST_P(EveryDatabase, CountsEachStatementWithItsOperationAndTable) {
  database_.Query("INSERT INTO songs (id, title) VALUES ($1, $2)", 3, "three");
  database_.Query("SELECT title FROM songs WHERE id > $1", 1);
  database_.Query("SELECT title FROM songs WHERE id > $1", 100);
  database_.Query("UPDATE songs SET title = $1", "x");
  database_.Query("DELETE FROM songs");
  EXPECT_EQ(Queries("INSERT", "songs"), 1);
  EXPECT_EQ(Queries("SELECT", "songs"), 2);
  EXPECT_EQ(Queries("UPDATE", "songs"), 1);
  EXPECT_EQ(Queries("DELETE", "songs"), 1);
  EXPECT_EQ(AllQueries(), 5);
  EXPECT_EQ(AllErrors(), 0);
  EXPECT_EQ(testing::CountOf(registry_, "disruptor.database.query.duration", {"SELECT", "songs"}), 2U);
  EXPECT_EQ(testing::CountOf(registry_, "db.client.operation.duration", {System(), "SELECT", "songs", ""}), 2U);
}

TEST_P(EveryDatabase, ASpanSaysWhatRanUnderWhatAndNoValue) {
  guildscope::tracing::SpanContext command;
  {
    const auto active = tracer_.StartActive("command queue");
    command = guildscope::tracing::CurrentSpan();
    database_.Query("SELECT title FROM songs WHERE title = 'hidden word' AND id = $1", 1);
  }
  const auto spans = spans_.Take();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].name, "SELECT songs");
  EXPECT_EQ(spans[0].kind, guildscope::tracing::SpanKind::kClient);
  EXPECT_EQ(spans[0].parent_span_id, command.span_id);
  EXPECT_EQ(spans[0]["db.system.name"], System());
  EXPECT_EQ(spans[0]["db.operation.name"], "SELECT");
  EXPECT_EQ(spans[0]["db.collection.name"], "songs");
  EXPECT_EQ(spans[0]["db.query.text"], "SELECT title FROM songs WHERE title = ? AND id = $1");
  EXPECT_FALSE(spans[0].is_error);
}

TEST_P(EveryDatabase, AFailureHasTheSameType) {
  EXPECT_THROW(database_.Query("INSERT INTO songs (id, title) VALUES (1, 'hidden word')"), DatabaseError);
  const auto span = spans_.TakeOnly();
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span["error.type"], "constraint");
  EXPECT_NE(span["db.response.status_code"], "absent");
  EXPECT_THAT(span.description, Not(::testing::HasSubstr("hidden")));
  EXPECT_THROW(database_.Query("SELECT * FROM absent"), DatabaseError);
  EXPECT_THROW(database_.Query("DELETE FROM songs WHERE absent = 1"), DatabaseError);
  EXPECT_THROW(database_.Query("SELEKT 1"), DatabaseError);
  EXPECT_EQ(Errors("INSERT", "songs", "constraint"), 1);
  EXPECT_EQ(Queries("INSERT", "songs", "error"), 1);
  EXPECT_EQ(Errors("SELECT", "absent", "not_found"), 1);
  EXPECT_EQ(Errors("DELETE", "songs", "not_found"), 1);
  EXPECT_EQ(Errors("OTHER", "", "syntax"), 1);
  EXPECT_EQ(AllErrors(), 4);
  EXPECT_EQ(AllQueries(), 4);
  EXPECT_EQ(testing::CountOf(registry_, "db.client.operation.duration", {System(), "INSERT", "songs", "constraint"}),
            1U);
}

TEST_P(EveryDatabase, ATransactionIsItsStatements) {
  database_.Transact([](Connection& connection) { connection.Query("DELETE FROM songs WHERE id = $1", 1); });
  EXPECT_THAT(SpanNames(), ElementsAre("BEGIN", "DELETE songs", "COMMIT"));
  EXPECT_THROW(
      database_.Transact([](Connection& connection) { connection.Query("INSERT INTO songs VALUES (2, 'x')"); }),
      DatabaseError);
  EXPECT_THAT(SpanNames(), ElementsAre("BEGIN", "INSERT songs", "ROLLBACK"));
  EXPECT_EQ(AllQueries(), 6);
  EXPECT_EQ(AllErrors(), 1);
}

TEST_P(EveryDatabase, ADatabaseThatIsNotThereIsAFailedConnect) {
  const bool sqlite = GetParam() == Dialect::kSqlite;
  const std::string url = sqlite ? "sqlite:/absent/folder/bot.db" : "postgresql://bot:hidden@127.0.0.1:1/bot";
  guildscope::metrics::Registry other;
  EXPECT_THROW(Database(url, {}, other), DatabaseError);
  EXPECT_EQ(Errors("CONNECT", "", "connection"), 1);
  const auto span = spans_.TakeOnly();
  EXPECT_EQ(span.name, "CONNECT");
  EXPECT_EQ(span["db.system.name"], System());
  for (const auto& [key, value] : span.attributes) EXPECT_EQ(value.find("hidden"), std::string::npos) << key;
}

TEST_P(EveryDatabase, AllThreadsAndConnectionsAreCounted) {
  constexpr int kThreads = 4;
  constexpr int kStatements = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < kStatements; ++i) database_.Query("SELECT title FROM songs WHERE id = $1", i);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Queries("SELECT", "songs"), kThreads * kStatements);
}

TEST_P(EveryDatabase, IsRecordedWhileTheInstrumentationLives) {
  sqlite_.reset();
  postgres_.reset();
  database_.Query("SELECT title FROM songs");
  EXPECT_EQ(AllQueries(), 0);
  sqlite_.emplace(registry_, tracer_);
  postgres_.emplace(registry_, tracer_);
  database_.Query("SELECT title FROM songs");
  EXPECT_EQ(AllQueries(), 1);
}

}  // namespace
}  // namespace disruptor
