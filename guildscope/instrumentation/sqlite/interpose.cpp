// The functions of libsqlite3 that run statements, defined in front of it: the dynamic linker takes the program's own
// definition for every caller, and NextSymbol finds libsqlite3's to go on with.
//
// They are weak, so that a program that has SQLite in itself still links: then its own definitions win, nothing arrives
// here, and HooksAreLive says so.
#include <dlfcn.h>
#include <sqlite3.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/database/library_code.hpp"
#include "guildscope/instrumentation/sqlite/hooks.hpp"
#include "guildscope/instrumentation/sqlite/script.hpp"

#define GUILDSCOPE_INTERPOSE extern "C" __attribute__((weak, visibility("default")))
#define GUILDSCOPE_CALLER __builtin_return_address(0)

namespace guildscope::sqlite {
namespace {

/// libsqlite3's definition of a function of this file.
template <typename Function>
Function Next(Function, const char* name) noexcept {
  return NextSymbol<Function>(name);
}

bool IsSqliteItself(const void* caller) noexcept {
  static const database::LibraryCode sqlite_code(reinterpret_cast<const void*>(Next(&sqlite3_step, "sqlite3_step")));
  return sqlite_code.Holds(caller);
}

/// Whether there is nothing to record: nobody listens, or it is SQLite that calls and not the program.
bool IsNoConcern(const void* caller) noexcept { return Slot().empty() || IsSqliteItself(caller); }

std::string_view TextOf(const char* sql, int bytes) noexcept {
  if (sql == nullptr) return {};
  return bytes < 0 ? std::string_view(sql) : std::string_view(sql, strnlen(sql, static_cast<std::size_t>(bytes)));
}

/// Good enough to find the operation in: what is not ASCII cannot be part of one.
std::string TextOf16(const void* sql, int bytes) {
  std::string text;
  const auto* units = static_cast<const char16_t*>(sql);
  const std::size_t limit = bytes < 0 ? SIZE_MAX : static_cast<std::size_t>(bytes) / sizeof(char16_t);
  for (std::size_t i = 0; units != nullptr && i < limit && units[i] != 0; ++i) {
    text += units[i] < 0x80 ? static_cast<char>(units[i]) : '_';
  }
  return text;
}

template <typename Compile>
int Prepare(const void* caller, sqlite3* database, const char* sql, int bytes, Compile&& compile) noexcept {
  if (IsNoConcern(caller)) return compile();
  const FailureRecorder recorder;
  const int code = compile();
  if (code != SQLITE_OK) recorder.CompilingFailed(database, TextOf(sql, bytes), code);
  return code;
}

template <typename Compile>
int Prepare16(const void* caller, sqlite3* database, const void* sql, int bytes, Compile&& compile) noexcept {
  if (IsNoConcern(caller)) return compile();
  const FailureRecorder recorder;
  const int code = compile();
  if (code == SQLITE_OK) return code;
  try {
    recorder.CompilingFailed(database, TextOf16(sql, bytes), code);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): no memory, no record
  }
  return code;
}

template <typename OpenDatabase>
int Open(const void* caller, std::string_view path, sqlite3** database, OpenDatabase&& open) noexcept {
  if (IsNoConcern(caller)) return open();
  const FailureRecorder recorder;
  const int code = open();
  if (code != SQLITE_OK) recorder.OpeningFailed(database == nullptr ? nullptr : *database, path, code);
  return code;
}

using ExecuteFunction = decltype(&sqlite3_exec);
using RowCallback = int (*)(void*, int, char**, char**);

/// One call for each statement, so that each is a record of its own; SQLite's own sqlite3_exec runs them one by one,
/// too.
int ExecuteEach(const std::vector<std::string>& statements, sqlite3* database, RowCallback callback, void* argument,
                char** message, ExecuteFunction execute) noexcept {
  sqlite3_mutex* mutex = sqlite3_db_mutex(database);
  sqlite3_mutex_enter(mutex);
  int code = SQLITE_OK;
  for (const std::string& statement : statements) {
    CallRecorder recorder(database, statement);
    code = recorder.End(execute(database, statement.c_str(), callback, argument, message));
    if (code != SQLITE_OK) break;
  }
  sqlite3_mutex_leave(mutex);
  return code;
}

int Execute(sqlite3* database, const char* sql, RowCallback callback, void* argument, char** message,
            ExecuteFunction execute) noexcept {
  std::vector<std::string> statements;
  try {
    statements = SplitScript(sql);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): no memory to split it, and none for a record
  }
  if (statements.size() > 1) return ExecuteEach(statements, database, callback, argument, message, execute);
  if (statements.empty()) return execute(database, sql, callback, argument, message);
  CallRecorder recorder(database, sql);
  return recorder.End(execute(database, sql, callback, argument, message));
}

}  // namespace

bool HooksAreLive() noexcept {
  // What a shared library finds when it looks for the symbol, and what is found behind that.
  const auto* found = dlsym(RTLD_DEFAULT, "sqlite3_step");
  return found == reinterpret_cast<const void*>(&sqlite3_step) && Next(&sqlite3_step, "sqlite3_step") != nullptr;
}

}  // namespace guildscope::sqlite

namespace gs = guildscope::sqlite;

GUILDSCOPE_INTERPOSE int sqlite3_step(sqlite3_stmt* statement) {
  static const auto next = gs::Next(&sqlite3_step, "sqlite3_step");
  return gs::IsNoConcern(GUILDSCOPE_CALLER) ? next(statement) : gs::Step(statement, next);
}

GUILDSCOPE_INTERPOSE int sqlite3_reset(sqlite3_stmt* statement) {
  static const auto next = gs::Next(&sqlite3_reset, "sqlite3_reset");
  // A step after the end resets the statement inside: that is the beginning of an execution, not an end.
  return gs::IsSqliteItself(GUILDSCOPE_CALLER) ? next(statement) : gs::Reset(statement, next);
}

GUILDSCOPE_INTERPOSE int sqlite3_finalize(sqlite3_stmt* statement) {
  static const auto next = gs::Next(&sqlite3_finalize, "sqlite3_finalize");
  return gs::Finalize(statement, next);
}

GUILDSCOPE_INTERPOSE int sqlite3_exec(sqlite3* database, const char* sql, int (*callback)(void*, int, char**, char**),
                                      void* argument, char** message) {
  static const auto next = gs::Next(&sqlite3_exec, "sqlite3_exec");
  const bool is_no_concern = database == nullptr || sql == nullptr || gs::IsNoConcern(GUILDSCOPE_CALLER);
  if (is_no_concern) return next(database, sql, callback, argument, message);
  return gs::Execute(database, sql, callback, argument, message, next);
}

GUILDSCOPE_INTERPOSE int sqlite3_get_table(sqlite3* database, const char* sql, char*** result, int* rows, int* columns,
                                           char** message) {
  static const auto next = gs::Next(&sqlite3_get_table, "sqlite3_get_table");
  const bool is_no_concern = sql == nullptr || gs::IsNoConcern(GUILDSCOPE_CALLER);
  if (is_no_concern) return next(database, sql, result, rows, columns, message);
  gs::CallRecorder recorder(database, sql);
  return recorder.End(next(database, sql, result, rows, columns, message));
}

GUILDSCOPE_INTERPOSE int sqlite3_prepare(sqlite3* database, const char* sql, int bytes, sqlite3_stmt** statement,
                                         const char** tail) {
  static const auto next = gs::Next(&sqlite3_prepare, "sqlite3_prepare");
  return gs::Prepare(GUILDSCOPE_CALLER, database, sql, bytes,
                     [&] { return next(database, sql, bytes, statement, tail); });
}

GUILDSCOPE_INTERPOSE int sqlite3_prepare_v2(sqlite3* database, const char* sql, int bytes, sqlite3_stmt** statement,
                                            const char** tail) {
  static const auto next = gs::Next(&sqlite3_prepare_v2, "sqlite3_prepare_v2");
  return gs::Prepare(GUILDSCOPE_CALLER, database, sql, bytes,
                     [&] { return next(database, sql, bytes, statement, tail); });
}

GUILDSCOPE_INTERPOSE int sqlite3_prepare_v3(sqlite3* database, const char* sql, int bytes, unsigned int flags,
                                            sqlite3_stmt** statement, const char** tail) {
  static const auto next = gs::Next(&sqlite3_prepare_v3, "sqlite3_prepare_v3");
  return gs::Prepare(GUILDSCOPE_CALLER, database, sql, bytes,
                     [&] { return next(database, sql, bytes, flags, statement, tail); });
}

GUILDSCOPE_INTERPOSE int sqlite3_prepare16(sqlite3* database, const void* sql, int bytes, sqlite3_stmt** statement,
                                           const void** tail) {
  static const auto next = gs::Next(&sqlite3_prepare16, "sqlite3_prepare16");
  return gs::Prepare16(GUILDSCOPE_CALLER, database, sql, bytes,
                       [&] { return next(database, sql, bytes, statement, tail); });
}

GUILDSCOPE_INTERPOSE int sqlite3_prepare16_v2(sqlite3* database, const void* sql, int bytes, sqlite3_stmt** statement,
                                              const void** tail) {
  static const auto next = gs::Next(&sqlite3_prepare16_v2, "sqlite3_prepare16_v2");
  return gs::Prepare16(GUILDSCOPE_CALLER, database, sql, bytes,
                       [&] { return next(database, sql, bytes, statement, tail); });
}

GUILDSCOPE_INTERPOSE int sqlite3_prepare16_v3(sqlite3* database, const void* sql, int bytes, unsigned int flags,
                                              sqlite3_stmt** statement, const void** tail) {
  static const auto next = gs::Next(&sqlite3_prepare16_v3, "sqlite3_prepare16_v3");
  return gs::Prepare16(GUILDSCOPE_CALLER, database, sql, bytes,
                       [&] { return next(database, sql, bytes, flags, statement, tail); });
}

GUILDSCOPE_INTERPOSE int sqlite3_open(const char* path, sqlite3** database) {
  static const auto next = gs::Next(&sqlite3_open, "sqlite3_open");
  return gs::Open(GUILDSCOPE_CALLER, path == nullptr ? "" : path, database, [&] { return next(path, database); });
}

GUILDSCOPE_INTERPOSE int sqlite3_open_v2(const char* path, sqlite3** database, int flags, const char* vfs) {
  static const auto next = gs::Next(&sqlite3_open_v2, "sqlite3_open_v2");
  return gs::Open(GUILDSCOPE_CALLER, path == nullptr ? "" : path, database,
                  [&] { return next(path, database, flags, vfs); });
}

GUILDSCOPE_INTERPOSE int sqlite3_open16(const void* path, sqlite3** database) {
  static const auto next = gs::Next(&sqlite3_open16, "sqlite3_open16");
  return gs::Open(GUILDSCOPE_CALLER, "", database, [&] { return next(path, database); });
}
