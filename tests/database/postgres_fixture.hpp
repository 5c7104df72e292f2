#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>

#include "guildscope/instrumentation/postgres/instrumentation.hpp"
#include "guildscope/testing/postgres_server.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"

namespace guildscope::postgres {

/// Plain libpq, as code that knows nothing of telemetry uses it, on a server that the tests of the program share.
class PostgresTest : public ::testing::Test {
 protected:
  struct Finish {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  };
  using Connection = std::unique_ptr<PGconn, Finish>;

  PostgresTest() {
    connection_ = Connect();
    Run("DROP TABLE IF EXISTS songs");
    Run("CREATE TABLE songs (id BIGINT PRIMARY KEY, title TEXT)");
    Run("INSERT INTO songs VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    instrumentation_.emplace(registry_, tracer_);
  }

  static testing::PostgresServer& Server() {
    // The time limit is so that a test that waits for a lock fails.
    static testing::PostgresServer server({.settings = {{"log_statement", "all"}, {"statement_timeout", "60s"}}});
    return server;
  }

  static Connection Connect(const std::string& url = Server().Url()) {
    Connection connection(PQconnectdb(url.c_str()));
    PQsetNoticeReceiver(connection.get(), [](void*, const PGresult*) {}, nullptr);
    return connection;
  }

  /// Returns the SQLSTATE of a failure; empty for a success.
  static std::string Taken(PGresult* result) {
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    std::string state = sqlstate == nullptr ? "" : sqlstate;
    PQclear(result);
    return state;
  }
  std::string Run(const std::string& sql) { return Taken(PQexec(connection_.get(), sql.c_str())); }

  double Queries(const std::string& operation, const std::string& table, const std::string& status = "success") {
    return testing::ValueOf(registry_, "disruptor.database.queries", {operation, table, status});
  }
  double Errors(const std::string& operation, const std::string& table, const std::string& type) {
    return testing::ValueOf(registry_, "disruptor.database.errors", {operation, table, type});
  }
  double AllQueries() { return testing::TotalOf(registry_, "disruptor.database.queries"); }

  metrics::Registry registry_;
  tracing::Tracer tracer_;
  testing::RecordedSpans spans_;
  Connection connection_;
  std::optional<Instrumentation> instrumentation_;
};

}  // namespace guildscope::postgres
