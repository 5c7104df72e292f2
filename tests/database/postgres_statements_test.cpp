#include <gmock/gmock.h>

#include <array>

#include "tests/database/postgres_fixture.hpp"

namespace guildscope::postgres {
namespace {

using testing::CountOf;
using ::testing::HasSubstr;
using testing::RecordedSpan;

TEST_F(PostgresTest, TheHooksAreLive) { EXPECT_TRUE(instrumentation_->live()); }

TEST_F(PostgresTest, CountsEachExecutionOnce) {
  EXPECT_EQ(Run("SELECT * FROM songs"), "");
  EXPECT_EQ(Run("update songs set title = 'x' where id = 1"), "");
  const std::array<const char*, 1> values{"2"};
  PQclear(PQexecParams(connection_.get(), "DELETE FROM songs WHERE id = $1", 1, nullptr, values.data(), nullptr,
                       nullptr, 0));
  EXPECT_EQ(Queries("SELECT", "songs"), 1);
  EXPECT_EQ(Queries("UPDATE", "songs"), 1);
  EXPECT_EQ(Queries("DELETE", "songs"), 1);
  EXPECT_EQ(AllQueries(), 3);
  EXPECT_EQ(CountOf(registry_, "disruptor.database.query.duration", {"SELECT", "songs"}), 1U);
  EXPECT_EQ(CountOf(registry_, "db.client.operation.duration", {"postgresql", "DELETE", "songs", ""}), 1U);
  EXPECT_EQ(spans_.Take().size(), 3U);
}

TEST_F(PostgresTest, ASpanSaysWhatRanWhereAndUnderWhat) {
  tracing::SpanContext command;
  {
    const auto active = tracer_.StartActive("command queue");
    command = tracing::CurrentSpan();
    Run("SELECT title FROM songs WHERE title = 'hidden word'");
  }
  const auto spans = spans_.Take();
  ASSERT_EQ(spans.size(), 2U);
  const RecordedSpan& span = spans.front();
  EXPECT_EQ(span.name, "SELECT songs");
  EXPECT_EQ(span.kind, tracing::SpanKind::kClient);
  EXPECT_EQ(span.parent_span_id, command.span_id);
  EXPECT_EQ(span["db.system.name"], "postgresql");
  EXPECT_EQ(span["db.namespace"], "postgres");
  EXPECT_EQ(span["server.address"], "127.0.0.1");
  EXPECT_EQ(span["server.port"], std::to_string(Server().port()));
  EXPECT_EQ(span["db.query.text"], "SELECT title FROM songs WHERE title = ?");
}

TEST_F(PostgresTest, TheServerSeesWhoAsksAndInWhichSpan) {
  {
    const auto active = tracer_.StartActive("command queue");
    const auto inner = tracer_.StartActive("a step");
    Run("SELECT 'by exec'; ");
    const std::array<const char*, 1> values{"1"};
    PQclear(
        PQexecParams(connection_.get(), "SELECT 'by params', $1::int", 1, nullptr, values.data(), nullptr, nullptr, 0));
    PQsendQuery(connection_.get(), "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()");
    PGresult* activity = PQgetResult(connection_.get());
    EXPECT_THAT(PQgetvalue(activity, 0, 0), HasSubstr("/*route='command%20queue',traceparent='00-"));
    PQclear(activity);
    EXPECT_EQ(PQgetResult(connection_.get()), nullptr);
  }
  const auto spans = spans_.Take();
  ASSERT_EQ(spans.size(), 5U);
  for (const int statement : {0, 1}) {
    const std::string text = statement == 0 ? "SELECT 'by exec' " : "SELECT 'by params', $1::int ";
    const std::string traceparent = spans[static_cast<std::size_t>(statement)].context.ToTraceparent();
    EXPECT_TRUE(Server().WaitForLog(text + "/*route='command%20queue',traceparent='" + traceparent + "'*/"))
        << Server().Log();
  }
}

TEST_F(PostgresTest, ATextWithACommentAndAPreparedOneAreSentAsTheyAre) {
  const auto active = tracer_.StartActive("command queue");
  Run("SELECT 'mine' /* already */");
  EXPECT_TRUE(Server().WaitForLog("SELECT 'mine' /* already */\n"));
  PQclear(PQprepare(connection_.get(), "mine", "SELECT 'prepared text'", 0, nullptr));
  PQclear(PQexecPrepared(connection_.get(), "mine", 0, nullptr, nullptr, nullptr, 0));
  EXPECT_TRUE(Server().WaitForLog("SELECT 'prepared text'\n"));
  EXPECT_EQ(AllQueries(), 2);
}

TEST_F(PostgresTest, APreparedStatementIsWhatItsNameMeans) {
  PQclear(PQprepare(connection_.get(), "by_id", "SELECT * FROM songs WHERE id = $1", 1, nullptr));
  EXPECT_EQ(AllQueries(), 0);
  const std::array<const char*, 1> values{"2"};
  for (int i = 0; i < 3; ++i) {
    PQclear(PQexecPrepared(connection_.get(), "by_id", 1, values.data(), nullptr, nullptr, 0));
  }
  EXPECT_EQ(Queries("SELECT", "songs"), 3);
  Run("DEALLOCATE by_id");
  EXPECT_EQ(Taken(PQexecPrepared(connection_.get(), "by_id", 1, values.data(), nullptr, nullptr, 0)), "26000");
  EXPECT_EQ(Errors("EXECUTE", "", "not_found"), 1);
  PQclear(PQprepare(connection_.get(), "bad", "SELECT * FROM absent", 0, nullptr));
  EXPECT_EQ(Errors("SELECT", "absent", "not_found"), 1);
  EXPECT_EQ(AllQueries(), 6);
}

TEST_F(PostgresTest, APreparedStatementThatTheServerForgotIsNotTakenForTheOldOne) {
  const auto execute = [&](const char* name) {
    return Taken(PQexecPrepared(connection_.get(), name, 0, nullptr, nullptr, nullptr, 0));
  };
  for (const char* name : {"", "mine", "My Own"}) {
    PQclear(PQprepare(connection_.get(), name, "SELECT * FROM songs", 0, nullptr));
    EXPECT_EQ(execute(name), "");
  }
  EXPECT_EQ(Queries("SELECT", "songs"), 3);
  EXPECT_EQ(Run("DEALLOCATE PREPARE MINE"), "");
  EXPECT_EQ(execute("mine"), "26000");
  EXPECT_EQ(execute(""), "26000");
  EXPECT_EQ(Errors("EXECUTE", "", "not_found"), 2);
  EXPECT_EQ(execute("My Own"), "");
  EXPECT_EQ(Run("DISCARD ALL"), "");
  EXPECT_EQ(execute("My Own"), "26000");
  EXPECT_EQ(Errors("EXECUTE", "", "not_found"), 3);
  EXPECT_EQ(Run("PREPARE mine AS DELETE FROM songs"), "");
  EXPECT_EQ(execute("mine"), "");
  EXPECT_EQ(Queries("EXECUTE", ""), 1);
}

TEST_F(PostgresTest, SeveralStatementsInOneTextAreOneExecution) {
  EXPECT_EQ(Run("INSERT INTO songs VALUES (7, 'seven'); SELECT 1; DELETE FROM songs WHERE id = 7"), "");
  EXPECT_EQ(Queries("INSERT", "songs"), 1);
  EXPECT_EQ(AllQueries(), 1);
  EXPECT_EQ(spans_.TakeOnly()["db.query.summary"], "INSERT songs SELECT DELETE songs");
  Run(" ; ");
  Run("-- is the server there?");
  EXPECT_EQ(AllQueries(), 1);
}

TEST_F(PostgresTest, KnowsTheTypesOfErrors) {
  EXPECT_EQ(Run("INSERT INTO songs VALUES (1, 'again')"), "23505");
  EXPECT_EQ(Errors("INSERT", "songs", "constraint"), 1);
  EXPECT_EQ(Run("SELEKT 1"), "42601");
  EXPECT_EQ(Errors("OTHER", "", "syntax"), 1);
  EXPECT_EQ(Run("SELECT * FROM absent"), "42P01");
  EXPECT_EQ(Errors("SELECT", "absent", "not_found"), 1);
  EXPECT_EQ(Run("SELECT 1 / 0 FROM songs"), "22012");
  EXPECT_EQ(Errors("SELECT", "songs", "other"), 1);
  Run("SET statement_timeout = 50");
  EXPECT_EQ(Run("SELECT pg_sleep(60) FROM songs"), "57014");
  EXPECT_EQ(Errors("SELECT", "songs", "timeout"), 1);
  Run("SET default_transaction_read_only = on");
  EXPECT_EQ(Run("DELETE FROM songs"), "25006");
  EXPECT_EQ(Errors("DELETE", "songs", "permission"), 1);
  EXPECT_EQ(Queries("SELECT", "songs", "error"), 2);
}

TEST_F(PostgresTest, AFailedStatementsSpanSaysWhyWithoutQuotingIt) {
  Run("INSERT INTO songs VALUES ('hidden word', 'x')");
  const RecordedSpan span = spans_.TakeOnly();
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span["db.response.status_code"], "22P02");
  EXPECT_EQ(span["error.type"], "other");
  EXPECT_EQ(span.description, "SQLSTATE 22P02");
  for (const auto& [key, value] : span.attributes) EXPECT_EQ(value.find("hidden"), std::string::npos) << key;
}

TEST_F(PostgresTest, KnowsALockThatIsNotToBeHad) {
  const Connection other = Connect();
  PQclear(PQexec(other.get(), "BEGIN; SELECT * FROM songs FOR UPDATE"));
  EXPECT_EQ(Run("SELECT * FROM songs FOR UPDATE NOWAIT"), "55P03");
  EXPECT_EQ(Errors("SELECT", "songs", "busy"), 1);
}

}  // namespace
}  // namespace guildscope::postgres
