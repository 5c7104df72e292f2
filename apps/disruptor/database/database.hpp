#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "apps/disruptor/database/connection.hpp"
#include "apps/disruptor/database/migration.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope {
class Telemetry;
}

namespace disruptor {

struct PoolOptions {
  std::size_t max_connections = 4;                      ///< 1 to 1000. A `sqlite::memory:` database has one.
  std::chrono::milliseconds acquire_timeout{5'000};     ///< How long Acquire waits for a free connection.
  std::chrono::milliseconds busy_timeout{5'000};        ///< SQLite: how long a statement waits for another's lock.
  std::chrono::milliseconds connect_timeout{5'000};     ///< PostgreSQL: TCP, TLS and authentication together.
  std::chrono::milliseconds statement_timeout{30'000};  ///< PostgreSQL; 0: none. The URL's own `options` win.
};

class Pool;

/// A connection out of the pool, given back when this is destroyed. Give it back before you wait for something else.
class [[nodiscard]] Lease {
 public:
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();
  Connection& operator*() const noexcept { return *connection_; }
  Connection* operator->() const noexcept { return connection_.get(); }

 private:
  friend class Pool;
  Lease(Pool& pool, std::unique_ptr<Connection> connection) noexcept;
  Pool* pool_;
  std::unique_ptr<Connection> connection_;
};

/// The bot's database: a bounded pool of connections to one SQLite file or one PostgreSQL database.
///
/// Connections are opened when they are needed, and anew when the server has gone away meanwhile. The telemetry says
/// how many are used and idle and how long was waited for one; every statement is measured by the library's
/// instrumentation.
///
/// Threads: any. Lifetime: must outlive its leases, and be outlived by the telemetry.
class Database {
 public:
  /// `sqlite:PATH`, `sqlite::memory:` or `postgresql://user:password@host:port/database?option=value`. Opens one
  /// connection, so that whatever is wrong is known now. Throws DatabaseError: what was tried (without the password),
  /// and what is wrong with it.
  /// The password is registered with the telemetry's redactor first.
  Database(std::string_view url, const PoolOptions& options, guildscope::Telemetry& telemetry);
  Database(std::string_view url, const PoolOptions& options, guildscope::metrics::Registry& registry,
           const guildscope::Clock& clock = guildscope::RealClock());
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Waits for a free connection. Throws DatabaseError: kTimeout when none became free, kConnection when none opens.
  Lease Acquire();

  /// Acquire and Query in one.
  template <typename... Args>
  Result Query(std::string_view sql, const Args&... args) {
    return Acquire()->Query(sql, args...);
  }

  /// Runs `work(Connection&)` inside a transaction: committed when it returns, rolled back when it throws.
  template <typename Work>
  auto Transact(Work&& work) {
    const Lease lease = Acquire();
    Transaction transaction(*lease);
    if constexpr (std::is_void_v<std::invoke_result_t<Work, Connection&>>) {
      std::invoke(std::forward<Work>(work), *lease);
      transaction.Commit();
    } else {
      auto result = std::invoke(std::forward<Work>(work), *lease);
      transaction.Commit();
      return result;
    }
  }

  /// Whether the database answers, on a connection of its own so that a busy pool does not look like a dead database.
  /// Returns within the limit (and a system call or two), whatever the server does.
  [[nodiscard]] bool Ping(std::chrono::milliseconds limit = std::chrono::milliseconds(1'000)) noexcept;

  /// See ApplyMigrations.
  void Migrate(std::span<const Migration> migrations);

  [[nodiscard]] Dialect dialect() const noexcept;

  /// The URL without its password, for people to read.
  [[nodiscard]] const std::string& display_url() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace disruptor
