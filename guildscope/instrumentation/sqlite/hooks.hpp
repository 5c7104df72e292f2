#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "guildscope/instrumentation/database/recorder_slot.hpp"
#include "guildscope/instrumentation/database/statement_recorder.hpp"

/// What stands between the functions that interpose.cpp puts in front of libsqlite3 and the recorder. Nothing here
/// throws: it is called from C.
namespace guildscope::sqlite {

[[nodiscard]] database::RecorderSlot& Slot() noexcept;

/// Whether the process' calls of sqlite3_step arrive in interpose.cpp and can be passed on.
[[nodiscard]] bool HooksAreLive() noexcept;

using StatementFunction = int (*)(sqlite3_stmt*);

int Step(sqlite3_stmt* statement, StatementFunction step) noexcept;
int Reset(sqlite3_stmt* statement, StatementFunction reset) noexcept;
int Finalize(sqlite3_stmt* statement, StatementFunction finalize) noexcept;

/// A statement that runs inside of one call: begins when it is made, ends with the result code.
class [[nodiscard]] CallRecorder {
 public:
  CallRecorder(sqlite3* database, std::string_view sql) noexcept;
  /// Returns the code.
  int End(int code) noexcept;

 private:
  sqlite3* database_;
  std::optional<database::Execution> execution_;
  std::uint64_t generation_ = 0;
};

/// Times what is worth a record only when it fails: compiling a statement, opening a database.
class [[nodiscard]] FailureRecorder {
 public:
  FailureRecorder() noexcept;
  /// Call them after the failure; `database` may be null.
  void CompilingFailed(sqlite3* database, std::string_view sql, int code) const noexcept;
  void OpeningFailed(sqlite3* database, std::string_view path, int code) const noexcept;

 private:
  std::chrono::steady_clock::time_point start_;
};

}  // namespace guildscope::sqlite
