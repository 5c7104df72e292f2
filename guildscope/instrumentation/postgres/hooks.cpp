#include "guildscope/instrumentation/postgres/hooks.hpp"

#include <cctype>
#include <utility>

#include "guildscope/instrumentation/database/quietly.hpp"
#include "guildscope/instrumentation/database/sql_lexer.hpp"
#include "guildscope/instrumentation/database/sqlcommenter.hpp"
#include "guildscope/instrumentation/postgres/connection_table.hpp"
#include "guildscope/instrumentation/postgres/outcome.hpp"
#include "guildscope/tracing/route.hpp"

namespace guildscope::postgres {
namespace {

using database::Dialect;
using database::ErrorType;
using database::Execution;
using database::Failure;
using database::Quietly;
using database::RecorderSlot;

constinit RecorderSlot slot;

/// A program that prepares under ever new names, and never deallocates, is not followed for ever.
constexpr std::size_t kMaxPrepared = 10'000;

const database::Server& KnownServer(ConnectionState& state, const PGconn* connection) {
  if (!state.server) state.server = ServerOf(connection);
  return *state.server;
}

void End(Execution& execution, std::uint64_t generation, const std::optional<Failure>& failure) {
  const RecorderSlot::Use use(slot);
  if (!use || use.generation() != generation) return;
  if (failure) {
    use->Fail(execution, *failure);
  } else {
    use->Succeed(execution);
  }
}

void PreparingFailed(ConnectionState& state, const PGconn* connection, std::string_view sql,
                     std::chrono::steady_clock::time_point start, const Failure& failure) {
  const RecorderSlot::Use use(slot);
  if (!use) return;
  Execution execution = use->StartedAt(start, use->PlanFor(sql, KnownServer(state, connection)));
  use->Fail(execution, failure);
}

void Remember(ConnectionState& state, std::string_view name, std::string_view sql) {
  if (state.prepared.size() < kMaxPrepared || state.prepared.contains(std::string(name))) {
    state.prepared.insert_or_assign(std::string(name), std::string(sql));
  }
}

/// As the server compares it: in lower case unless it is quoted.
std::string NameOf(const database::Token& token) {
  if (token.kind == database::Token::Kind::kQuotedName) return std::string(token.text.substr(1, token.text.size() - 2));
  std::string name(token.text);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

/// The server forgets what was prepared: by DEALLOCATE [PREPARE] name or ALL, by DISCARD ALL, and without a name by any
/// text.
void ForgetPrepared(ConnectionState& state, std::string_view sql) {
  if (state.prepared.empty()) return;
  state.prepared.erase("");
  const auto tokens = database::Tokenize(sql, Dialect::kPostgresql, 4);
  if (tokens.size() < 2) return;
  const bool deallocates = IsKeyword(tokens[0], "DEALLOCATE");
  if (!deallocates && !IsKeyword(tokens[0], "DISCARD")) return;
  const auto& what = tokens.size() > 2 && IsKeyword(tokens[1], "PREPARE") ? tokens[2] : tokens[1];
  if (IsKeyword(what, "ALL")) {
    state.prepared.clear();
  } else if (deallocates) {
    state.prepared.erase(NameOf(what));
  }
}

void Observe(Pending& pending, const PGconn* connection, const PGresult* result) {
  pending.has_result = true;
  pending.is_copy = IsCopy(result);
  pending.failure = FailureOf(connection, result);
}

/// What was sent and is over, one way or the other.
void EndPending(ConnectionState& state, const PGconn* connection, Pending& pending) {
  switch (pending.kind) {
    case Pending::Kind::kStatement:
      End(pending.execution, pending.generation, pending.failure);
      break;
    case Pending::Kind::kPrepare:
      if (!pending.failure) break;
      state.prepared.erase(pending.name);
      PreparingFailed(state, connection, pending.sql, pending.start, *pending.failure);
      break;
    case Pending::Kind::kOther:
      break;
  }
}

/// A program may run the next statement without reading the last one's results to the end: libpq reads and drops them,
/// by calls of PQgetResult that do not arrive here when it is linked with -Bsymbolic-functions.
void EndWhatWasLeft(ConnectionState& state, const PGconn* connection) {
  if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF) return;
  for (Pending& pending : state.pending) EndPending(state, connection, pending);
  state.pending.clear();
}

/// Nothing but space, comments and semicolons: no statement, though a cheap way to ask whether the server is there.
bool IsEmpty(std::string_view sql) noexcept {
  database::Lexer lexer(sql, Dialect::kPostgresql);
  for (database::Token token{}; lexer.Next(token);) {
    if (token.kind != database::Token::Kind::kComment && !IsSign(token, ';')) return false;
  }
  return true;
}

}  // namespace

RecorderSlot& Slot() noexcept { return slot; }

StatementHook StatementHook::OfText(PGconn* connection, const char* sql) noexcept {
  StatementHook hook(connection);
  if (sql != nullptr && !IsEmpty(sql)) hook.Begin(sql, true);
  return hook;
}

StatementHook StatementHook::OfPrepared(PGconn* connection, const char* name) noexcept {
  StatementHook hook(connection);
  Quietly([&] {
    ConnectionState& state = Connections().For(connection);
    const auto known = state.prepared.find(name == nullptr ? "" : name);
    // Prepared before anybody listened, or by an SQL statement.
    hook.Begin(known == state.prepared.end() ? std::string_view("EXECUTE") : known->second, false);
  });
  return hook;
}

void StatementHook::Begin(std::string_view sql, bool with_comment) noexcept {
  Quietly([&] {
    const RecorderSlot::Use use(slot);
    if (!use) return;
    ConnectionState& state = Connections().For(connection_);
    generation_ = use.generation();
    execution_ = use->Start(use->PlanFor(sql, KnownServer(state, connection_)));
    if (!with_comment) return;
    ForgetPrepared(state, sql);
    const std::string traceparent = execution_->span.span_context().ToTraceparent();
    const std::string route = tracing::CurrentRoute();
    commented_ = WithComment(sql, Dialect::kPostgresql, {{"route", route}, {"traceparent", traceparent}});
  });
}

PGresult* StatementHook::End(PGresult* result) noexcept {
  if (!execution_) return result;
  Quietly([&] {
    ConnectionState& state = Connections().For(connection_);
    EndWhatWasLeft(state, connection_);
    const std::optional<Failure> failure = FailureOf(connection_, result);
    if (failure || !IsCopy(result)) return postgres::End(*execution_, generation_, failure);
    // The rows travel now; PQgetResult tells how it went.
    state.pending.push_back(TakePending());
    Observe(state.pending.back(), connection_, result);
  });
  execution_.reset();
  return result;
}

int StatementHook::Sent(int sent) noexcept {
  if (!execution_) return sent;
  Quietly([&] {
    if (sent != 1) return postgres::End(*execution_, generation_, WithoutSqlstate(connection_));
    ConnectionState& state = Connections().For(connection_);
    EndWhatWasLeft(state, connection_);
    state.pending.push_back(TakePending());
  });
  execution_.reset();
  return sent;
}

Pending StatementHook::TakePending() {
  return {.kind = Pending::Kind::kStatement, .execution = std::move(*execution_), .generation = generation_};
}

PrepareHook::PrepareHook(PGconn* connection, const char* name, const char* sql) noexcept
    : connection_(connection), name_(name == nullptr ? "" : name), sql_(sql == nullptr ? "" : sql) {
  const RecorderSlot::Use use(slot);
  if (use) start_ = use->Now();
}

PGresult* PrepareHook::End(PGresult* result) noexcept {
  Quietly([&] {
    ConnectionState& state = Connections().For(connection_);
    EndWhatWasLeft(state, connection_);
    if (const auto failure = FailureOf(connection_, result)) {
      PreparingFailed(state, connection_, sql_, start_, *failure);
    } else {
      Remember(state, name_, sql_);
    }
  });
  return result;
}

int PrepareHook::Sent(int sent) noexcept {
  Quietly([&] {
    ConnectionState& state = Connections().For(connection_);
    if (sent != 1) return PreparingFailed(state, connection_, sql_, start_, WithoutSqlstate(connection_));
    EndWhatWasLeft(state, connection_);
    // A pipeline executes it before it is known to be good.
    Remember(state, name_, sql_);
    state.pending.push_back(
        {.kind = Pending::Kind::kPrepare, .start = start_, .name = std::string(name_), .sql = std::string(sql_)});
  });
  return sent;
}

int OtherSent(PGconn* connection, int sent) noexcept {
  if (sent != 1) return sent;
  Quietly([&] {
    ConnectionState& state = Connections().For(connection);
    EndWhatWasLeft(state, connection);
    state.pending.push_back({.kind = Pending::Kind::kOther});
  });
  return sent;
}

PGresult* GotResult(PGconn* connection, PGresult* result) noexcept {
  ConnectionState* state = Connections().Find(connection);
  if (state == nullptr || state->pending.empty()) return result;
  Quietly([&] {
    Pending& first = state->pending.front();
    if (result == nullptr) {
      // What a pipeline sent behind the statement that broke the connection gets nulls and no results.
      if (!first.has_result) return;
      EndPending(*state, connection, first);
      state->pending.pop_front();
    } else if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
      Observe(first, connection, result);
    }
  });
  return result;
}

void Forget(PGconn* connection) noexcept {
  const auto state = Connections().Remove(connection);
  if (!state) return;
  Quietly([&] {
    // Whoever gives up a connection that is not made yet has waited long enough.
    if (state->connecting_since) ConnectAbandoned(connection, *state->connecting_since);
    for (Pending& pending : state->pending) {
      const bool answered = pending.has_result && !pending.is_copy;
      if (!answered) pending.failure = Failure{ErrorType::kConnection, "", "closed before it answered"};
      EndPending(*state, connection, pending);
    }
  });
}

}  // namespace guildscope::postgres
