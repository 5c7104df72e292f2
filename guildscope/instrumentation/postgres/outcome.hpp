#pragma once

#include <libpq-fe.h>

#include <optional>

#include "guildscope/instrumentation/database/statement_recorder.hpp"

/// What libpq's objects say, in the recorder's terms.
namespace guildscope::postgres {

/// The database that a connection is for; as much of it as is known.
[[nodiscard]] database::Server ServerOf(const PGconn* connection);

/// Of what libpq refuses itself, or loses with the connection: it has no SQLSTATE.
[[nodiscard]] database::Failure WithoutSqlstate(const PGconn* connection);

/// Nothing when the result is none of a failure.
[[nodiscard]] std::optional<database::Failure> FailureOf(const PGconn* connection, const PGresult* result);

/// Whether rows travel after this result, so that it is not the end.
[[nodiscard]] bool IsCopy(const PGresult* result) noexcept;

}  // namespace guildscope::postgres
