#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apps/disruptor/database/connection.hpp"
#include "apps/disruptor/database/database_url.hpp"

namespace disruptor {

/// A connection to a PostgreSQL database. Values travel beside the text (PQexecParams), never in it.
class PostgresConnection final : public Connection {
 public:
  /// Connects within the limit. Throws DatabaseError with the display form of the URL and the reason.
  PostgresConnection(const DatabaseUrl& url, std::chrono::milliseconds connect_timeout,
                     std::chrono::milliseconds statement_timeout);

  Result Run(std::string_view sql, std::span<const Value> parameters) override;
  void Script(std::string_view sql) override;
  [[nodiscard]] Dialect dialect() const noexcept override { return Dialect::kPostgresql; }
  [[nodiscard]] bool Alive() noexcept override;
  [[nodiscard]] bool InTransaction() noexcept override;
  [[nodiscard]] bool Ping(std::chrono::milliseconds limit) noexcept override;

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  struct Finish {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
  };
  using PgResult = std::unique_ptr<PGresult, Clear>;

  void Connect(const DatabaseUrl& url, Deadline deadline);
  void Check(const PGresult* result) const;
  [[nodiscard]] bool AnswersBefore(Deadline deadline);

  std::unique_ptr<PGconn, Finish> connection_;
};

}  // namespace disruptor
