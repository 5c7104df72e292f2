#include "guildscope/instrumentation/database/error_type.hpp"

namespace guildscope::database {
namespace {

/// Of <sqlite3.h>, whose numbers never change: this module has no database library under it.
enum SqliteCode : int {
  kSqliteError = 1,
  kSqlitePerm = 3,
  kSqliteBusy = 5,
  kSqliteLocked = 6,
  kSqliteReadonly = 8,
  kSqliteInterrupt = 9,
  kSqliteNotFound = 12,
  kSqliteCantOpen = 14,
  kSqliteConstraint = 19,
  kSqliteMismatch = 20,
  kSqliteAuth = 23,
};

ErrorType FromSqliteMessage(std::string_view message) noexcept {
  const auto says = [message](std::string_view part) { return message.find(part) != std::string_view::npos; };
  if (says("no such ") || says("has no column named")) return ErrorType::kNotFound;
  if (says("syntax error") || says("incomplete input") || says("unrecognized token")) return ErrorType::kSyntax;
  return ErrorType::kOther;
}

}  // namespace

ErrorType FromSqlite(int result_code, std::string_view message) noexcept {
  constexpr int kPrimaryCodeBits = 0xff;
  switch (result_code & kPrimaryCodeBits) {
    case kSqliteError:
      return FromSqliteMessage(message);
    case kSqliteBusy:
    case kSqliteLocked:
      return ErrorType::kBusy;
    case kSqlitePerm:
    case kSqliteReadonly:
    case kSqliteAuth:
      return ErrorType::kPermission;
    case kSqliteInterrupt:
      return ErrorType::kTimeout;
    case kSqliteNotFound:
      return ErrorType::kNotFound;
    case kSqliteCantOpen:
      return ErrorType::kConnection;
    case kSqliteConstraint:
    case kSqliteMismatch:
      return ErrorType::kConstraint;
    default:
      return ErrorType::kOther;
  }
}

ErrorType FromSqlstate(std::string_view sqlstate) noexcept {
  const auto is_one_of = [sqlstate](auto... codes) { return ((sqlstate == std::string_view(codes)) || ...); };
  if (sqlstate.empty()) return ErrorType::kConnection;
  // Single codes first: they lie in classes that mean something else.
  if (is_one_of("57014", "25P03", "25P04")) return ErrorType::kTimeout;  // cancelled, idle or transaction time limit
  if (is_one_of("40P01", "40001", "55P03", "55006")) return ErrorType::kBusy;
  if (is_one_of("42501", "25006")) return ErrorType::kPermission;  // insufficient privilege, read-only transaction
  if (is_one_of("42601", "42P02", "42000")) return ErrorType::kSyntax;
  if (is_one_of("42P01", "42703", "42883", "42704", "3D000", "3F000", "26000", "34000", "3B001")) {
    return ErrorType::kNotFound;
  }
  const std::string_view error_class = sqlstate.substr(0, 2);
  if (error_class == "23") return ErrorType::kConstraint;
  if (error_class == "28") return ErrorType::kPermission;
  // Connection exceptions, too many connections, and a server that shuts down or restarts.
  if (error_class == "08" || is_one_of("53300", "57P01", "57P02", "57P03", "57P05")) return ErrorType::kConnection;
  return ErrorType::kOther;
}

ErrorType FromConnectMessage(std::string_view message) noexcept {
  const auto says = [message](std::string_view part) { return message.find(part) != std::string_view::npos; };
  if (says("authentication failed") || says("no password supplied") || says("no pg_hba.conf entry") ||
      says("not permitted to log in") || says("permission denied")) {
    return ErrorType::kPermission;
  }
  if (says("timeout expired")) return ErrorType::kTimeout;
  // A socket that does not exist is a server that does not run; a database that does not exist is no database.
  if (says("database \"") && says("does not exist")) return ErrorType::kNotFound;
  return ErrorType::kConnection;
}

}  // namespace guildscope::database
