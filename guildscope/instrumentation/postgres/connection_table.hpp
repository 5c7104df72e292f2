#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "guildscope/instrumentation/database/statement_recorder.hpp"

namespace guildscope::postgres {

/// Something that was sent and whose results PQgetResult has not given to the end.
struct Pending {
  enum class Kind {
    kStatement,
    kPrepare,  ///< Recorded when it fails.
    kOther,    ///< Not recorded; it is here because its results come in order with the others'.
  };
  Kind kind = Kind::kOther;
  database::Execution execution{};  ///< Of a statement.
  std::chrono::steady_clock::time_point start{};
  std::uint64_t generation = 0;  ///< Of the recorder that `execution` is of.
  std::string name{};            ///< Of what is being prepared.
  std::string sql{};
  bool has_result = false;
  bool is_copy = false;                        ///< The last result was one after which rows travel.
  std::optional<database::Failure> failure{};  ///< Of the last result, behind which there is none.
};

/// What is known about one connection. It belongs to the thread that uses the connection, as the connection does.
struct ConnectionState {
  std::deque<Pending> pending;
  /// What PQexecPrepared's names mean, as far as it was seen.
  std::unordered_map<std::string, std::string> prepared;
  std::optional<database::Server> server;  ///< Once it is connected.
  /// Set while an attempt to connect that the program polls itself is under way.
  std::optional<std::chrono::steady_clock::time_point> connecting_since;
};

/// The states of all connections, made when they are first asked for and gone with PQfinish.
///
/// Cost: a short lock and a hash look-up. Threads: any. Lifetime: the process.
class ConnectionTable {
 public:
  [[nodiscard]] ConnectionState& For(const PGconn* connection);
  /// Null when there is none.
  [[nodiscard]] ConnectionState* Find(const PGconn* connection) noexcept;
  /// Takes the state out, for whoever must still end what was pending. Null when there is none.
  [[nodiscard]] std::unique_ptr<ConnectionState> Remove(const PGconn* connection) noexcept;

 private:
  std::atomic<std::size_t> size_{0};  // so that a process without any state pays nothing
  std::mutex mutex_;
  std::unordered_map<const PGconn*, std::unique_ptr<ConnectionState>> states_;  // guarded by mutex_
};

/// The process' only one. Never destroyed: connections may be closed by static destructors.
[[nodiscard]] ConnectionTable& Connections() noexcept;

}  // namespace guildscope::postgres
