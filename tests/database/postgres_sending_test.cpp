#include <gmock/gmock.h>

#include <array>

#include "tests/database/postgres_fixture.hpp"

namespace guildscope::postgres {
namespace {

TEST_F(PostgresTest, AStatementThatIsOnlySentEndsWithItsLastResult) {
  ASSERT_EQ(PQsendQuery(connection_.get(), "SELECT * FROM songs; SELECT 2"), 1);
  EXPECT_EQ(AllQueries(), 0);
  int results = 0;
  while (PGresult* result = PQgetResult(connection_.get())) {
    PQclear(result);
    ++results;
    EXPECT_EQ(AllQueries(), 0);
  }
  EXPECT_EQ(results, 2);
  EXPECT_EQ(Queries("SELECT", "songs"), 1);

  const std::array<const char*, 1> values{"x"};
  ASSERT_EQ(PQsendQueryParams(connection_.get(), "SELECT * FROM songs WHERE id = $1::text::bigint", 1, nullptr,
                              values.data(), nullptr, nullptr, 0),
            1);
  while (PGresult* result = PQgetResult(connection_.get())) PQclear(result);
  EXPECT_EQ(Errors("SELECT", "songs", "other"), 1);
  EXPECT_EQ(AllQueries(), 2);
  EXPECT_EQ(PQgetResult(connection_.get()), nullptr);
  EXPECT_EQ(AllQueries(), 2);
}

TEST_F(PostgresTest, RowByRowIsOneExecution) {
  ASSERT_EQ(PQsendQuery(connection_.get(), "SELECT * FROM songs"), 1);
  PQsetSingleRowMode(connection_.get());
  while (PGresult* result = PQgetResult(connection_.get())) PQclear(result);
  EXPECT_EQ(AllQueries(), 1);
}

TEST_F(PostgresTest, WhatIsNotReadToTheEndEndsWithTheNext) {
  ASSERT_EQ(PQsendQuery(connection_.get(), "SELECT * FROM songs"), 1);
  EXPECT_EQ(PQsendQuery(connection_.get(), "SELECT 'too early'"), 0);
  EXPECT_EQ(Errors("SELECT", "", "other"), 1);
  Run("DELETE FROM songs");
  EXPECT_EQ(Queries("SELECT", "songs"), 1);
  EXPECT_EQ(Queries("DELETE", "songs"), 1);
  EXPECT_EQ(AllQueries(), 3);
}

TEST_F(PostgresTest, FollowsAPipeline) {
  ASSERT_EQ(PQenterPipelineMode(connection_.get()), 1);
  const auto send = [&](const char* sql) {
    ASSERT_EQ(PQsendQueryParams(connection_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0), 1);
  };
  ASSERT_EQ(PQsendPrepare(connection_.get(), "all", "SELECT * FROM songs", 0, nullptr), 1);
  ASSERT_EQ(PQsendDescribePrepared(connection_.get(), "all"), 1);
  ASSERT_EQ(PQsendQueryPrepared(connection_.get(), "all", 0, nullptr, nullptr, nullptr, 0), 1);
  send("UPDATE songs SET title = 'x'");
  send("INSERT INTO absent VALUES (1)");
  send("DELETE FROM songs");
  ASSERT_EQ(PQpipelineSync(connection_.get()), 1);
  send("SELECT 'behind the sync'");
  ASSERT_EQ(PQpipelineSync(connection_.get()), 1);
  for (int syncs = 0; syncs < 2;) {
    PGresult* result = PQgetResult(connection_.get());
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) ++syncs;
    PQclear(result);
  }
  EXPECT_EQ(Queries("SELECT", "songs"), 1);
  EXPECT_EQ(Queries("UPDATE", "songs"), 1);
  EXPECT_EQ(Errors("INSERT", "absent", "not_found"), 1);
  EXPECT_EQ(Errors("DELETE", "songs", "other"), 1);  // the pipeline was aborted before it
  EXPECT_EQ(Queries("SELECT", ""), 1);
  EXPECT_EQ(AllQueries(), 5);
  EXPECT_EQ(PQexitPipelineMode(connection_.get()), 1);
}

TEST_F(PostgresTest, ACopyEndsWithItsRows) {
  PQclear(PQexec(connection_.get(), "COPY songs FROM STDIN"));
  EXPECT_EQ(AllQueries(), 0);
  const std::string row = "10\tten\n";
  PQputCopyData(connection_.get(), row.data(), static_cast<int>(row.size()));
  PQputCopyEnd(connection_.get(), nullptr);
  while (PGresult* result = PQgetResult(connection_.get())) PQclear(result);
  EXPECT_EQ(Queries("COPY", "songs"), 1);

  PQclear(PQexec(connection_.get(), "COPY songs FROM STDIN"));
  PQputCopyData(connection_.get(), row.data(), static_cast<int>(row.size()));
  PQputCopyEnd(connection_.get(), nullptr);
  while (PGresult* result = PQgetResult(connection_.get())) PQclear(result);
  EXPECT_EQ(Errors("COPY", "songs", "constraint"), 1);
  EXPECT_EQ(AllQueries(), 2);
}

TEST_F(PostgresTest, ACopyThatIsClosedBeforeItsEndFailed) {
  Connection other = Connect();
  PQclear(PQexec(other.get(), "COPY songs FROM STDIN"));
  other.reset();
  EXPECT_EQ(Errors("COPY", "songs", "connection"), 1);
}

}  // namespace
}  // namespace guildscope::postgres
