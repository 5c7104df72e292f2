#pragma once

#include <array>
#include <chrono>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "apps/disruptor/database/value.hpp"
#include "guildscope/instrumentation/database/error_type.hpp"

namespace disruptor {

enum class Dialect { kSqlite, kPostgresql };

/// Why a statement or a connection failed. The text never holds a password.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(guildscope::database::ErrorType type, const std::string& what)
      : std::runtime_error(what), type_(type) {}
  /// The same closed set that the metric's label error_type has.
  [[nodiscard]] guildscope::database::ErrorType type() const noexcept { return type_; }

 private:
  guildscope::database::ErrorType type_;
};

/// One connection to the database. SQL has its parameters as $1, $2, ... on both SQLite and PostgreSQL, and is the same
/// text for both wherever the two agree; a value never becomes part of the text.
///
/// Threads: one at a time. Lifetime: the pool's; see Database::Acquire.
class Connection {
 public:
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement. Throws DatabaseError.
  template <typename... Args>
  Result Query(std::string_view sql, const Args&... args) {
    const std::array<Value, sizeof...(Args)> parameters{ToValue(args)...};
    return Run(sql, parameters);
  }

  virtual Result Run(std::string_view sql, std::span<const Value> parameters) = 0;

  /// Runs any number of statements without parameters; stops at the first that fails. Throws DatabaseError.
  virtual void Script(std::string_view sql) = 0;

  [[nodiscard]] virtual Dialect dialect() const noexcept = 0;

  /// False when the server has gone away: the pool then opens another. Cost: at most one system call.
  [[nodiscard]] virtual bool Alive() noexcept = 0;

  [[nodiscard]] virtual bool InTransaction() noexcept = 0;

  /// Whether the database answers within the limit. A connection that did not must not be used again.
  [[nodiscard]] virtual bool Ping(std::chrono::milliseconds limit) noexcept = 0;

 protected:
  Connection() = default;
};

/// BEGIN ... COMMIT on one connection; rolls back when it is destroyed before Commit. On SQLite it takes the write lock
/// at once (BEGIN IMMEDIATE), because a reader that becomes a writer later cannot wait for its turn.
class [[nodiscard]] Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void Commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace disruptor
