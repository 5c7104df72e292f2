#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "guildscope/base/clock.hpp"
#include "guildscope/instrumentation/database/dialect.hpp"
#include "guildscope/instrumentation/database/error_type.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope::database {

/// Which database the statements of a connection go to.
struct Server {
  Dialect dialect = Dialect::kSqlite;
  std::string database{};  ///< `db.namespace`; empty when not known.
  std::string address{};   ///< `server.address`; empty where there is none.
  int port = 0;            ///< `server.port`; 0 where there is none.
};

/// Everything about a text that is the same at each of its executions. Made by StatementRecorder.
struct Plan;

/// One execution, from its start to Succeed or Fail. One that gets neither leaves a span that ends when it is
/// destroyed, and no metrics.
struct Execution {
  std::shared_ptr<const Plan> plan;
  tracing::Span span;
  std::chrono::steady_clock::time_point start;
};

/// How an execution failed.
struct Failure {
  ErrorType type = ErrorType::kOther;
  std::string code{};         ///< `db.response.status_code`: an extended result code, an SQLSTATE.
  std::string description{};  ///< Of the code. Never the database's message: it quotes what the statement said.
};

/// Turns executions of statements into a CLIENT span `{operation} {table}` and the metrics of the catalogue's section
/// "Database". What instrumentation of any database library is built on.
///
/// Cost: a plan that it has seen is a look-up by text; Start and Succeed are a span, two readings of the clock and
/// three records through bound handles. Threads: any. Lifetime: must outlive its executions' ends, not their
/// destruction.
class StatementRecorder {
 public:
  StatementRecorder(metrics::Registry& registry, tracing::Tracer& tracer, const Clock& clock = RealClock());
  ~StatementRecorder();
  StatementRecorder(const StatementRecorder&) = delete;
  StatementRecorder& operator=(const StatementRecorder&) = delete;

  /// The plan of a text; the same one again while it is among the last that were asked for.
  [[nodiscard]] std::shared_ptr<const Plan> PlanFor(std::string_view sql, const Server& server);

  /// The plan of an attempt to connect: operation CONNECT, no table. Made for failures; a success is no statement.
  [[nodiscard]] std::shared_ptr<const Plan> PlanForConnect(const Server& server);

  /// The span's parent is what is current on this thread now.
  [[nodiscard]] Execution Start(std::shared_ptr<const Plan> plan) const;
  /// The same for what has begun already, and turned out to be worth a span only now.
  [[nodiscard]] Execution StartedAt(std::chrono::steady_clock::time_point start,
                                    std::shared_ptr<const Plan> plan) const;
  [[nodiscard]] std::chrono::steady_clock::time_point Now() const noexcept;
  void Succeed(Execution& execution) const;
  void Fail(Execution& execution, const Failure& failure) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::database
