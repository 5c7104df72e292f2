#include "apps/disruptor/database/database_url.hpp"

#include <libpq-fe.h>

#include <memory>

namespace disruptor {
namespace {

using guildscope::database::ErrorType;

constexpr std::string_view kAccepted =
    "accepted: sqlite:PATH, sqlite::memory:, postgresql://user:password@host:port/database?option=value";
constexpr std::string_view kSqliteScheme = "sqlite:";

[[noreturn]] void Reject(std::string_view reason) {
  std::string what = "database.url ";
  throw DatabaseError(ErrorType::kSyntax, what.append(reason).append("; ").append(kAccepted));
}

using ConnectionOptions = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

std::string_view Option(const ConnectionOptions& options, std::string_view keyword) {
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->keyword == keyword && option->val != nullptr) return option->val;
  }
  return {};
}

/// Put together anew from what libpq understood, so that a password is not in it wherever it was written.
std::string Display(const ConnectionOptions& options) {
  std::string display = "postgresql://";
  if (const auto user = Option(options, "user"); !user.empty()) display.append(user).append("@");
  display.append(Option(options, "host"));
  if (const auto port = Option(options, "port"); !port.empty()) display.append(":").append(port);
  return display.append("/").append(Option(options, "dbname"));
}

/// A slash in a password that is not written %2F ends the host early, and libpq then takes one part of the password for
/// the port and the other for the database.
bool HasPartsOfAPassword(const ConnectionOptions& options) {
  return Option(options, "port").find_first_not_of("0123456789,") != std::string_view::npos ||
         Option(options, "dbname").find('@') != std::string_view::npos;
}

DatabaseUrl ParsePostgresql(std::string_view text) {
  DatabaseUrl url{.dialect = Dialect::kPostgresql, .target = std::string(text), .display = "", .password = ""};
  char* message = nullptr;
  const ConnectionOptions options(PQconninfoParse(url.target.c_str(), &message), &PQconninfoFree);
  if (message != nullptr) PQfreemem(message);
  if (!options || HasPartsOfAPassword(options)) {
    Reject("begins with postgresql:// but is not a valid URL (a special character in the password is written %XX)");
  }
  url.display = Display(options);
  url.password = Option(options, "password");
  return url;
}

}  // namespace

bool DatabaseUrl::in_memory() const noexcept { return dialect == Dialect::kSqlite && target == ":memory:"; }

DatabaseUrl DatabaseUrl::Parse(std::string_view text) {
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) return ParsePostgresql(text);
  if (!text.starts_with(kSqliteScheme)) Reject(text.empty() ? "is empty" : "has an unknown scheme");
  const std::string path(text.substr(kSqliteScheme.size()));
  if (path.empty()) Reject("has no path after sqlite:");
  return {.dialect = Dialect::kSqlite, .target = path, .display = std::string(text), .password = ""};
}

}  // namespace disruptor
