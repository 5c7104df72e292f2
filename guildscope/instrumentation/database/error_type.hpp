#pragma once

#include <string_view>

namespace guildscope::database {

/// Why a statement failed: the closed set of the label `error_type`. What each database's own codes become is said at
/// the functions that translate them.
enum class ErrorType {
  kConstraint,  ///< The data breaks a rule of the schema.
  kTimeout,     ///< A time limit, or somebody who cancelled.
  kConnection,  ///< There is no database to talk to, or not any more.
  kBusy,        ///< Somebody else holds what is needed; trying again may work.
  kSyntax,      ///< The text is no statement.
  kNotFound,    ///< A table, column, function or database that does not exist.
  kPermission,  ///< Not allowed: rights, a password, a read-only database.
  kOther,
};

/// `constraint`, `timeout`, `connection`, `busy`, `syntax`, `not_found`, `permission`, `other`.
[[nodiscard]] constexpr std::string_view ToString(ErrorType type) noexcept {
  switch (type) {
    case ErrorType::kConstraint:
      return "constraint";
    case ErrorType::kTimeout:
      return "timeout";
    case ErrorType::kConnection:
      return "connection";
    case ErrorType::kBusy:
      return "busy";
    case ErrorType::kSyntax:
      return "syntax";
    case ErrorType::kNotFound:
      return "not_found";
    case ErrorType::kPermission:
      return "permission";
    case ErrorType::kOther:
      break;
  }
  return "other";
}

/// SQLite's (extended) result code and the message that came with it: SQLITE_ERROR alone does not tell a spelling
/// mistake from a table that does not exist.
[[nodiscard]] ErrorType FromSqlite(int result_code, std::string_view message) noexcept;

/// The five characters that PostgreSQL sends (https://www.postgresql.org/docs/current/errcodes-appendix.html). An empty
/// text, which is what a connection that broke leaves, is kConnection.
[[nodiscard]] ErrorType FromSqlstate(std::string_view sqlstate) noexcept;

/// What libpq says about a connection that could not be made: it keeps no SQLSTATE of it. Understands the C locale;
/// what it does not understand is kConnection.
[[nodiscard]] ErrorType FromConnectMessage(std::string_view message) noexcept;

}  // namespace guildscope::database
