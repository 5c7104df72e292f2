#include "guildscope/instrumentation/sqlite/hooks.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "guildscope/instrumentation/database/quietly.hpp"
#include "guildscope/instrumentation/database/statement_recorder.hpp"
#include "guildscope/instrumentation/sqlite/statement_table.hpp"

namespace guildscope::sqlite {
namespace {

using database::Execution;
using database::Failure;
using database::InRecorder;
using database::Quietly;
using database::RecorderSlot;

constinit RecorderSlot slot;
constinit StatementTable statements;

/// SQLite's own lock of a connection, so that an entry is used as its statement is. No lock at all for a connection
/// that was opened for one thread at a time.
class ConnectionLock {
 public:
  explicit ConnectionLock(sqlite3* connection) noexcept : mutex_(sqlite3_db_mutex(connection)) {
    sqlite3_mutex_enter(mutex_);
  }
  ~ConnectionLock() { sqlite3_mutex_leave(mutex_); }
  ConnectionLock(const ConnectionLock&) = delete;
  ConnectionLock& operator=(const ConnectionLock&) = delete;

 private:
  sqlite3_mutex* mutex_;
};

/// The name of the file without its folder, which is nobody's business.
database::Server ServerOf(std::string_view path) {
  if (path.empty()) path = ":memory:";
  return {.dialect = database::Dialect::kSqlite, .database = std::string(path.substr(path.find_last_of('/') + 1))};
}

database::Server ServerOf(sqlite3* connection) {
  const char* path = connection == nullptr ? nullptr : sqlite3_db_filename(connection, "main");
  return ServerOf(std::string_view(path == nullptr ? "" : path));
}

/// `connection` may be null when it may not be asked any more; then the code alone counts.
Failure ToFailure(int code, sqlite3* connection) {
  constexpr int kPrimaryBits = 0xff;
  std::string_view message;
  if (connection != nullptr) {
    const int extended = sqlite3_extended_errcode(connection);
    if ((extended & kPrimaryBits) == (code & kPrimaryBits)) code = extended;
    if ((code & kPrimaryBits) == SQLITE_ERROR) message = sqlite3_errmsg(connection);
  }
  return {
      .type = database::FromSqlite(code, message), .code = std::to_string(code), .description = sqlite3_errstr(code)};
}

bool IsSuccess(int code) noexcept { return code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW; }

void End(const RecorderSlot::Use& use, Execution& execution, int code, sqlite3* connection) {
  if (IsSuccess(code)) {
    use->Succeed(execution);
  } else {
    use->Fail(execution, ToFailure(code, connection));
  }
}

/// Null when this execution is not recorded.
StatementEntry* Begin(sqlite3_stmt* statement, sqlite3* connection) noexcept {
  if (InRecorder()) return nullptr;
  StatementEntry* entry = statements.FindOrAdd(statement);
  if (entry == nullptr) return nullptr;
  if (entry->execution) {
    if (entry->generation == slot.generation()) return entry;
    entry->execution.reset();  // what another recorder began
  }
  Quietly([&] {
    const RecorderSlot::Use use(slot);
    if (!use) return;
    if (!entry->plan || entry->generation != use.generation()) {
      const char* sql = sqlite3_sql(statement);
      entry->plan = use->PlanFor(sql == nullptr ? "" : sql, ServerOf(connection));
      entry->generation = use.generation();
    }
    entry->execution = use->Start(entry->plan);
  });
  return entry->execution ? entry : nullptr;
}

/// What another recorder began, which is gone, ends without a record.
void Finish(std::optional<Execution>& execution, std::uint64_t generation, int code, sqlite3* connection) noexcept {
  if (!execution) return;
  Quietly([&] {
    const RecorderSlot::Use use(slot);
    if (use && use.generation() == generation) End(use, *execution, code, connection);
  });
  execution.reset();
}

}  // namespace

RecorderSlot& Slot() noexcept { return slot; }

int Step(sqlite3_stmt* statement, StatementFunction step) noexcept {
  if (statement == nullptr) return step(statement);
  sqlite3* connection = sqlite3_db_handle(statement);
  const ConnectionLock lock(connection);
  StatementEntry* entry = Begin(statement, connection);
  const int code = step(statement);
  if (entry != nullptr && code != SQLITE_ROW) Finish(entry->execution, entry->generation, code, connection);
  return code;
}

int Reset(sqlite3_stmt* statement, StatementFunction reset) noexcept {
  StatementEntry* entry = statement == nullptr ? nullptr : statements.Find(statement);
  if (entry == nullptr) return reset(statement);
  sqlite3* connection = sqlite3_db_handle(statement);
  const ConnectionLock lock(connection);
  // The transaction of a statement that is left early is committed by its reset, which may fail.
  const int code = reset(statement);
  Finish(entry->execution, entry->generation, code, connection);
  return code;
}

int Finalize(sqlite3_stmt* statement, StatementFunction finalize) noexcept {
  StatementEntry* entry = statement == nullptr ? nullptr : statements.Find(statement);
  if (entry == nullptr) return finalize(statement);
  std::optional<Execution> execution;
  const std::uint64_t generation = entry->generation;
  {
    const ConnectionLock lock(sqlite3_db_handle(statement));
    execution = std::exchange(entry->execution, std::nullopt);
    StatementTable::Remove(*entry);
  }
  const int code = finalize(statement);
  // The connection may have waited for its last statement to close.
  Finish(execution, generation, code, nullptr);
  return code;
}

CallRecorder::CallRecorder(sqlite3* database, std::string_view sql) noexcept : database_(database) {
  if (InRecorder() || database == nullptr) return;
  Quietly([&] {
    const RecorderSlot::Use use(slot);
    if (!use) return;
    generation_ = use.generation();
    execution_ = use->Start(use->PlanFor(sql, ServerOf(database)));
  });
}

int CallRecorder::End(int code) noexcept {
  Finish(execution_, generation_, code, database_);
  return code;
}

FailureRecorder::FailureRecorder() noexcept {
  const RecorderSlot::Use use(slot);
  if (use) start_ = use->Now();
}

void FailureRecorder::CompilingFailed(sqlite3* database, std::string_view sql, int code) const noexcept {
  // A misuse says that the connection is none, so it must not be asked.
  sqlite3* askable = code == SQLITE_MISUSE ? nullptr : database;
  if (InRecorder()) return;
  Quietly([&] {
    const RecorderSlot::Use use(slot);
    if (!use) return;
    Execution execution = use->StartedAt(start_, use->PlanFor(sql, ServerOf(askable)));
    use->Fail(execution, ToFailure(code, askable));
  });
}

void FailureRecorder::OpeningFailed(sqlite3* database, std::string_view path, int code) const noexcept {
  if (InRecorder()) return;
  Quietly([&] {
    const RecorderSlot::Use use(slot);
    if (!use) return;
    Execution execution = use->StartedAt(start_, use->PlanForConnect(ServerOf(path)));
    use->Fail(execution, ToFailure(code, database));
  });
}

}  // namespace guildscope::sqlite
