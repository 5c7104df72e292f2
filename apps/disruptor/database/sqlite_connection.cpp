#include "apps/disruptor/database/sqlite_connection.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace disruptor {
namespace {

using guildscope::database::ErrorType;

/// A bot has some dozens of statements. More means that somebody builds texts, and then keeping them helps nobody.
constexpr std::size_t kKeptStatements = 128;
constexpr std::string_view kInMemory = ":memory:";

[[noreturn]] void FailToOpen(const std::string& path, ErrorType type, const std::string& reason) {
  throw DatabaseError(type, "cannot open the database sqlite:" + path + ": " + reason);
}

Value ColumnValue(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    default: {
      // A blob is read as text, byte by byte; the pointer must be taken before the length.
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return size == 0 ? std::string() : std::string(bytes, size);
    }
  }
}

/// The values outlive the execution, so SQLite need not copy them.
int Bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *integer);
  if (const auto* number = std::get_if<double>(&value)) return sqlite3_bind_double(statement, index, *number);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, index);
}

/// Makes a kept statement ready for its next execution however this one ends.
struct ResetAtEnd {
  explicit ResetAtEnd(sqlite3_stmt* s) noexcept : statement(s) {}
  ~ResetAtEnd() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;
  sqlite3_stmt* statement;
};

bool HasMoreThanSpace(std::string_view text) { return text.find_first_not_of(" \t\r\n;") != std::string_view::npos; }

}  // namespace

SqliteConnection::SqliteConnection(const std::string& path, std::chrono::milliseconds busy_timeout) : path_(path) {
  struct stat status{};
  if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    FailToOpen(path, ErrorType::kConnection, "it is a directory, wanted is a file");
  }
  sqlite3* handle = nullptr;
  // NOMUTEX: the pool gives a connection to one thread at a time.
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, kFlags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) {
    const int system_error = handle == nullptr ? 0 : sqlite3_system_errno(handle);
    std::string reason = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
    if (system_error != 0) reason += " (" + std::generic_category().message(system_error) + ")";
    const bool refused = system_error == EACCES || system_error == EPERM || system_error == EROFS;
    FailToOpen(path, refused ? ErrorType::kPermission : guildscope::database::FromSqlite(code, reason), reason);
  }
  // SQLite opens a file that it may not write as read-only and says so at the first write, much later.
  if (sqlite3_db_readonly(handle, "main") == 1) FailToOpen(path, ErrorType::kPermission, "it may not be written");
  sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
  try {
    if (path != kInMemory) SwitchToWal(busy_timeout);
    Run("PRAGMA foreign_keys = ON", {});
  } catch (const DatabaseError& error) {
    FailToOpen(path, error.type(), error.what());
  }
}

/// Two connections that switch a new file at once can both be refused without waiting, whatever the busy time limit is.
void SqliteConnection::SwitchToWal(std::chrono::milliseconds busy_timeout) {
  constexpr std::chrono::milliseconds kPause(10);
  for (auto waited = std::chrono::milliseconds(0);; waited += kPause) {
    try {
      Run("PRAGMA journal_mode = WAL", {});
      return;
    } catch (const DatabaseError& error) {
      if (error.type() != ErrorType::kBusy || waited >= busy_timeout) throw;
    }
    std::this_thread::sleep_for(kPause);
  }
}

sqlite3_stmt* SqliteConnection::Prepare(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second.get();
  if (sql.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw DatabaseError(ErrorType::kOther, "the statement is longer than 2 GiB");
  }
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  Statement owned(statement);
  if (code != SQLITE_OK) Fail();
  if (statement == nullptr) throw DatabaseError(ErrorType::kSyntax, "there is no statement in the text");
  if (HasMoreThanSpace(sql.substr(static_cast<std::size_t>(rest - sql.data())))) {
    throw DatabaseError(ErrorType::kSyntax, "the text has more than one statement; Script runs those");
  }
  if (statements_.size() >= kKeptStatements) statements_.clear();
  return statements_.emplace(std::string(sql), std::move(owned)).first->second.get();
}

Result SqliteConnection::Run(std::string_view sql, std::span<const Value> parameters) {
  sqlite3_stmt* statement = Prepare(sql);
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != parameters.size()) {
    throw DatabaseError(ErrorType::kSyntax, "the statement takes " +
                                                std::to_string(sqlite3_bind_parameter_count(statement)) +
                                                " parameters and was given " + std::to_string(parameters.size()));
  }
  const ResetAtEnd reset(statement);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    // $1 is a name to SQLite: its index is where it stands in the text, not its number.
    const std::string name = "$" + std::to_string(i + 1);
    const int index = sqlite3_bind_parameter_index(statement, name.c_str());
    if (index == 0) throw DatabaseError(ErrorType::kSyntax, "the statement has no parameter " + name);
    if (Bind(statement, index, parameters[i]) != SQLITE_OK) Fail();
  }

  const int changes_before = sqlite3_total_changes(handle_.get());
  std::vector<std::string> columns;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) columns.emplace_back(sqlite3_column_name(statement, i));
  std::vector<std::vector<Value>> rows;
  int code = SQLITE_OK;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    auto& row = rows.emplace_back();
    for (int i = 0; i < static_cast<int>(columns.size()); ++i) row.push_back(ColumnValue(statement, i));
  }
  if (code != SQLITE_DONE) Fail();
  const bool changed = sqlite3_total_changes(handle_.get()) != changes_before;
  return {std::move(columns), std::move(rows), changed ? sqlite3_changes(handle_.get()) : 0};
}

void SqliteConnection::Script(std::string_view sql) {
  if (sqlite3_exec(handle_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) Fail();
}

/// A file that was deleted can still be read by whoever has it open, so its name is looked up too.
bool SqliteConnection::Ping(std::chrono::milliseconds limit) noexcept {
  try {
    struct stat status{};
    if (path_ != kInMemory && stat(path_.c_str(), &status) != 0) return false;
    sqlite3_busy_timeout(handle_.get(), static_cast<int>(limit.count()));
    Run("SELECT count(*) FROM sqlite_schema", {});
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void SqliteConnection::Fail() const {
  const std::string message = sqlite3_errmsg(handle_.get());
  const int code = sqlite3_extended_errcode(handle_.get());
  throw DatabaseError(guildscope::database::FromSqlite(code, message), message);
}

}  // namespace disruptor
