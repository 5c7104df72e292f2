#include <utility>

#include "guildscope/instrumentation/database/quietly.hpp"
#include "guildscope/instrumentation/postgres/connection_table.hpp"
#include "guildscope/instrumentation/postgres/hooks.hpp"
#include "guildscope/instrumentation/postgres/outcome.hpp"

namespace guildscope::postgres {

using database::ErrorType;
using database::Execution;
using database::Quietly;
using database::RecorderSlot;

namespace {

void ConnectingFailed(const PGconn* connection, std::chrono::steady_clock::time_point start, ErrorType type) {
  const RecorderSlot::Use use(Slot());
  if (!use) return;
  Execution execution = use->StartedAt(start, use->PlanForConnect(ServerOf(connection)));
  use->Fail(execution, {.type = type, .code = "", .description = "no connection"});
}

}  // namespace

void ConnectAbandoned(PGconn* connection, std::chrono::steady_clock::time_point start) noexcept {
  Quietly([&] { ConnectingFailed(connection, start, ErrorType::kTimeout); });
}

ConnectHook::ConnectHook() noexcept {
  const RecorderSlot::Use use(Slot());
  if (use) start_ = use->Now();
}

void ConnectHook::End(PGconn* connection) const noexcept {
  if (PQstatus(connection) != CONNECTION_BAD) return;
  Quietly([&] { ConnectingFailed(connection, start_, database::FromConnectMessage(PQerrorMessage(connection))); });
}

void ConnectHook::Started(PGconn* connection) const noexcept {
  if (PQstatus(connection) == CONNECTION_BAD) return End(connection);
  Quietly([&] { Connections().For(connection).connecting_since = start_; });
}

PostgresPollingStatusType ConnectPolled(PGconn* connection, PostgresPollingStatusType state) noexcept {
  if (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) return state;
  ConnectionState* known = Connections().Find(connection);
  if (known == nullptr || !known->connecting_since) return state;
  const auto start = *std::exchange(known->connecting_since, std::nullopt);
  if (state == PGRES_POLLING_OK) return state;
  Quietly([&] { ConnectingFailed(connection, start, database::FromConnectMessage(PQerrorMessage(connection))); });
  return state;
}

}  // namespace guildscope::postgres
