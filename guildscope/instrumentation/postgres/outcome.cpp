#include "guildscope/instrumentation/postgres/outcome.hpp"

#include <cstdlib>
#include <string>

namespace guildscope::postgres {
namespace {

std::string TextOrEmpty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

}  // namespace

database::Server ServerOf(const PGconn* connection) {
  database::Server server{.dialect = database::Dialect::kPostgresql};
  if (connection == nullptr) return server;
  server.database = TextOrEmpty(PQdb(connection));
  server.address = TextOrEmpty(PQhost(connection));
  // A socket in a folder has a name there, and no port.
  if (!server.address.starts_with('/')) server.port = std::atoi(TextOrEmpty(PQport(connection)).c_str());
  return server;
}

database::Failure WithoutSqlstate(const PGconn* connection) {
  const bool broken = PQstatus(connection) == CONNECTION_BAD;
  return {.type = broken ? database::ErrorType::kConnection : database::ErrorType::kOther,
          .code = "",
          .description = broken ? "the connection broke" : "refused by libpq"};
}

std::optional<database::Failure> FailureOf(const PGconn* connection, const PGresult* result) {
  if (result == nullptr) return WithoutSqlstate(connection);
  switch (PQresultStatus(result)) {
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
      break;
    case PGRES_PIPELINE_ABORTED:
      return database::Failure{.type = database::ErrorType::kOther,
                               .code = "",
                               .description = "an earlier statement of the pipeline failed"};
    default:
      return std::nullopt;
  }
  const std::string sqlstate = TextOrEmpty(PQresultErrorField(result, PG_DIAG_SQLSTATE));
  if (sqlstate.empty()) return WithoutSqlstate(connection);
  return database::Failure{
      .type = database::FromSqlstate(sqlstate), .code = sqlstate, .description = "SQLSTATE " + sqlstate};
}

bool IsCopy(const PGresult* result) noexcept {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

}  // namespace guildscope::postgres
