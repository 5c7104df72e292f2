#pragma once

#include <sqlite3.h>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "apps/disruptor/database/connection.hpp"

namespace disruptor {

/// A connection to an SQLite file: WAL mode, foreign keys on, statements kept prepared.
class SqliteConnection final : public Connection {
 public:
  /// Makes the file when there is none. Throws DatabaseError with the path and the reason.
  SqliteConnection(const std::string& path, std::chrono::milliseconds busy_timeout);

  Result Run(std::string_view sql, std::span<const Value> parameters) override;
  void Script(std::string_view sql) override;
  [[nodiscard]] Dialect dialect() const noexcept override { return Dialect::kSqlite; }
  [[nodiscard]] bool Alive() noexcept override { return true; }
  [[nodiscard]] bool InTransaction() noexcept override { return sqlite3_get_autocommit(handle_.get()) == 0; }
  [[nodiscard]] bool Ping(std::chrono::milliseconds limit) noexcept override;

 private:
  struct CloseHandle {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void SwitchToWal(std::chrono::milliseconds busy_timeout);
  sqlite3_stmt* Prepare(std::string_view sql);
  [[noreturn]] void Fail() const;

  std::string path_;
  std::unique_ptr<sqlite3, CloseHandle> handle_;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;  // by text; goes before handle_
};

}  // namespace disruptor
