#include <gmock/gmock.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/database/postgres_fixture.hpp"

namespace guildscope::postgres {
namespace {

using testing::RecordedSpan;

TEST_F(PostgresTest, KnowsAConnectionThatBreaks) {
  Connection other = Connect();
  const std::string pid = std::to_string(PQbackendPID(other.get()));
  Run("SELECT pg_terminate_backend(" + pid + ", 10000)");
  PQclear(PQexec(other.get(), "SELECT * FROM songs"));
  EXPECT_EQ(Errors("SELECT", "songs", "connection"), 1);
}

TEST_F(PostgresTest, NothingOfAPipelineIsASuccessOnceTheConnectionBroke) {
  Connection other = Connect();
  ASSERT_EQ(PQenterPipelineMode(other.get()), 1);
  for (const char* sql : {"SELECT pg_sleep(10)", "DELETE FROM songs", "UPDATE songs SET title = 'x'"}) {
    ASSERT_EQ(PQsendQueryParams(other.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0), 1);
  }
  ASSERT_EQ(PQpipelineSync(other.get()), 1);
  shutdown(PQsocket(other.get()), SHUT_RDWR);
  for (int nulls = 0; nulls < 4;) {
    PGresult* result = PQgetResult(other.get());
    nulls += result == nullptr ? 1 : 0;
    PQclear(result);
  }
  other.reset();
  EXPECT_EQ(Errors("SELECT", "", "connection"), 1);
  EXPECT_EQ(Queries("DELETE", "songs", "error"), 1);
  EXPECT_EQ(Queries("UPDATE", "songs", "error"), 1);
  EXPECT_EQ(AllQueries(), 3);
}

TEST_F(PostgresTest, AStatementThatIsClosedBeforeItAnswersFailed) {
  Connection other = Connect();
  ASSERT_EQ(PQsendQuery(other.get(), "SELECT pg_sleep(30)"), 1);
  other.reset();
  EXPECT_EQ(Errors("SELECT", "", "connection"), 1);
}

TEST_F(PostgresTest, KnowsAnAttemptToConnectThatFails) {
  EXPECT_EQ(PQstatus(Connect("postgresql://bot:hidden@127.0.0.1:1/bot").get()), CONNECTION_BAD);
  EXPECT_EQ(Errors("CONNECT", "", "connection"), 1);
  const RecordedSpan span = spans_.TakeOnly();
  EXPECT_EQ(span.name, "CONNECT");
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span["db.namespace"], "bot");
  EXPECT_EQ(span["server.port"], "1");

  Connect(Server().UrlFor("postgres", "wrong"));
  EXPECT_EQ(Errors("CONNECT", "", "permission"), 1);
  Connect(Server().Url("absent"));
  EXPECT_EQ(Errors("CONNECT", "", "not_found"), 1);
  Connect();
  EXPECT_EQ(AllQueries(), 3);
}

TEST_F(PostgresTest, KnowsAnAttemptToConnectThatTheProgramPolls) {
  const auto poll = [](PGconn* connection) {
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      state = PQconnectPoll(connection);
    }
    return state;
  };
  const Connection wrong(PQconnectStart(Server().UrlFor("postgres", "wrong").c_str()));
  EXPECT_EQ(poll(wrong.get()), PGRES_POLLING_FAILED);
  EXPECT_EQ(PQconnectPoll(wrong.get()), PGRES_POLLING_FAILED);
  EXPECT_EQ(Errors("CONNECT", "", "permission"), 1);
  const Connection right(PQconnectStart(Server().Url().c_str()));
  EXPECT_EQ(poll(right.get()), PGRES_POLLING_OK);
  Connection given_up(PQconnectStart(Server().Url().c_str()));
  given_up.reset();
  EXPECT_EQ(Errors("CONNECT", "", "timeout"), 1);
  EXPECT_EQ(AllQueries(), 2);
}

TEST_F(PostgresTest, KnowsAResetThatFails) {
  testing::PostgresServer server;
  const Connection other = Connect(server.Url());
  const Connection polled = Connect(server.Url());
  PQclear(PQprepare(other.get(), "mine", "SELECT 1", 0, nullptr));
  server.Stop();
  EXPECT_EQ(Errors("CONNECT", "", "connection"), 0);
  PQreset(other.get());
  EXPECT_EQ(Errors("CONNECT", "", "connection"), 1);
  if (PQresetStart(polled.get()) == 1) {
    while (PQresetPoll(polled.get()) != PGRES_POLLING_FAILED) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(Errors("CONNECT", "", "connection"), 2);
  server.Start();
  PQreset(other.get());
  EXPECT_EQ(PQstatus(other.get()), CONNECTION_OK);
  EXPECT_EQ(Taken(PQexecPrepared(other.get(), "mine", 0, nullptr, nullptr, nullptr, 0)), "26000");
  EXPECT_EQ(Errors("EXECUTE", "", "not_found"), 1);
}

TEST_F(PostgresTest, RecordsNothingBeforeAndAfter) {
  ASSERT_EQ(PQsendQuery(connection_.get(), "SELECT 1"), 1);
  instrumentation_.reset();
  while (PGresult* result = PQgetResult(connection_.get())) PQclear(result);
  Run("SELECT 2");
  EXPECT_EQ(AllQueries(), 0);
  ASSERT_EQ(PQsendQuery(connection_.get(), "SELECT 3"), 1);
  instrumentation_.emplace(registry_, tracer_);
  while (PGresult* result = PQgetResult(connection_.get())) PQclear(result);
  EXPECT_EQ(AllQueries(), 0);
  ASSERT_EQ(PQsendQuery(connection_.get(), "SELECT 4"), 1);
  instrumentation_.reset();
  instrumentation_.emplace(registry_, tracer_);
  while (PGresult* result = PQgetResult(connection_.get())) PQclear(result);
  EXPECT_EQ(AllQueries(), 0);
  Run("SELECT 5");
  EXPECT_EQ(AllQueries(), 1);
  EXPECT_EQ(PQexec(nullptr, "SELECT 1"), nullptr);
  PQfinish(nullptr);
  EXPECT_EQ(AllQueries(), 1);
}

TEST_F(PostgresTest, TakesOneInstrumentationAtATime) {
  EXPECT_THROW(Instrumentation(registry_, tracer_), std::logic_error);
}

TEST_F(PostgresTest, ComesAndGoesWhileStatementsRun) {
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      const Connection mine = Connect();
      while (!stop) failed += Taken(PQexec(mine.get(), "SELECT * FROM songs")).empty() ? 0 : 1;
    });
  }
  for (int i = 0; i < 200; ++i) {
    instrumentation_.reset();
    instrumentation_.emplace(registry_, tracer_);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
}

TEST_F(PostgresTest, CountsExactlyOnManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kStatements = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([] {
      const Connection mine = Connect();
      for (int i = 0; i < kStatements; ++i) PQclear(PQexec(mine.get(), "SELECT * FROM songs"));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Queries("SELECT", "songs"), kThreads * kStatements);
  EXPECT_EQ(AllQueries(), kThreads * kStatements);
}

}  // namespace
}  // namespace guildscope::postgres
