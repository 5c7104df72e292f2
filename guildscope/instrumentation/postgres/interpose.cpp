// The functions of libpq that connect and run statements, defined in front of it: the dynamic linker takes the
// program's own definition for every caller, and NextSymbol finds libpq's to go on with.
//
// They are weak, so that a program that has libpq in itself still links: then its own definitions win, nothing arrives
// here, and HooksAreLive says so.
#include <dlfcn.h>
#include <libpq-fe.h>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/database/library_code.hpp"
#include "guildscope/instrumentation/database/quietly.hpp"
#include "guildscope/instrumentation/postgres/hooks.hpp"

#define GUILDSCOPE_INTERPOSE extern "C" __attribute__((weak, visibility("default")))
#define GUILDSCOPE_CALLER __builtin_return_address(0)

namespace guildscope::postgres {
namespace {

/// libpq's definition of a function of this file.
template <typename Function>
Function Next(Function, const char* name) noexcept {
  return NextSymbol<Function>(name);
}

bool IsLibpqItself(const void* caller) noexcept {
  static const database::LibraryCode libpq_code(reinterpret_cast<const void*>(Next(&PQexec, "PQexec")));
  return libpq_code.Holds(caller);
}

/// Whether there is nothing to record: nobody listens, libpq calls and not the program, or the telemetry does.
bool IsNoConcern(const void* caller) noexcept {
  return Slot().empty() || database::InRecorder() || IsLibpqItself(caller);
}

bool IsNoConcern(const void* caller, const PGconn* connection) noexcept {
  return connection == nullptr || IsNoConcern(caller);
}

/// Runs an attempt to connect and looks at what became of it.
template <typename Connect>
PGconn* Connected(const void* caller, Connect&& connect) noexcept {
  if (IsNoConcern(caller)) return connect();
  const ConnectHook hook;
  PGconn* connection = connect();
  hook.End(connection);
  return connection;
}

/// The same for one that the program polls.
template <typename Start>
PGconn* Started(const void* caller, Start&& start) noexcept {
  if (IsNoConcern(caller)) return start();
  const ConnectHook hook;
  PGconn* connection = start();
  hook.Started(connection);
  return connection;
}

/// Sends what is no statement, but has results in the order of the statements'.
template <typename Send>
int SentOther(const void* caller, PGconn* connection, Send&& send) noexcept {
  if (IsNoConcern(caller, connection)) return send();
  return OtherSent(connection, send());
}

}  // namespace

bool HooksAreLive() noexcept {
  // What a shared library finds when it looks for the symbol, and what is found behind that.
  const auto* found = dlsym(RTLD_DEFAULT, "PQexec");
  return found == reinterpret_cast<const void*>(&PQexec) && Next(&PQexec, "PQexec") != nullptr;
}

}  // namespace guildscope::postgres

namespace gs = guildscope::postgres;

GUILDSCOPE_INTERPOSE PGresult* PQexec(PGconn* connection, const char* sql) {
  static const auto next = gs::Next(&PQexec, "PQexec");
  if (gs::IsNoConcern(GUILDSCOPE_CALLER, connection)) return next(connection, sql);
  auto hook = gs::StatementHook::OfText(connection, sql);
  return hook.End(next(connection, hook.Text(sql)));
}

GUILDSCOPE_INTERPOSE PGresult* PQexecParams(PGconn* connection, const char* sql, int count, const Oid* types,
                                            const char* const* values, const int* lengths, const int* formats,
                                            int result_format) {
  static const auto next = gs::Next(&PQexecParams, "PQexecParams");
  if (gs::IsNoConcern(GUILDSCOPE_CALLER, connection)) {
    return next(connection, sql, count, types, values, lengths, formats, result_format);
  }
  auto hook = gs::StatementHook::OfText(connection, sql);
  return hook.End(next(connection, hook.Text(sql), count, types, values, lengths, formats, result_format));
}

GUILDSCOPE_INTERPOSE PGresult* PQprepare(PGconn* connection, const char* name, const char* sql, int count,
                                         const Oid* types) {
  static const auto next = gs::Next(&PQprepare, "PQprepare");
  if (gs::IsNoConcern(GUILDSCOPE_CALLER, connection)) return next(connection, name, sql, count, types);
  gs::PrepareHook hook(connection, name, sql);
  return hook.End(next(connection, name, sql, count, types));
}

GUILDSCOPE_INTERPOSE PGresult* PQexecPrepared(PGconn* connection, const char* name, int count,
                                              const char* const* values, const int* lengths, const int* formats,
                                              int result_format) {
  static const auto next = gs::Next(&PQexecPrepared, "PQexecPrepared");
  if (gs::IsNoConcern(GUILDSCOPE_CALLER, connection)) {
    return next(connection, name, count, values, lengths, formats, result_format);
  }
  auto hook = gs::StatementHook::OfPrepared(connection, name);
  return hook.End(next(connection, name, count, values, lengths, formats, result_format));
}

GUILDSCOPE_INTERPOSE int PQsendQuery(PGconn* connection, const char* sql) {
  static const auto next = gs::Next(&PQsendQuery, "PQsendQuery");
  if (gs::IsNoConcern(GUILDSCOPE_CALLER, connection)) return next(connection, sql);
  auto hook = gs::StatementHook::OfText(connection, sql);
  return hook.Sent(next(connection, hook.Text(sql)));
}

GUILDSCOPE_INTERPOSE int PQsendQueryParams(PGconn* connection, const char* sql, int count, const Oid* types,
                                           const char* const* values, const int* lengths, const int* formats,
                                           int result_format) {
  static const auto next = gs::Next(&PQsendQueryParams, "PQsendQueryParams");
  if (gs::IsNoConcern(GUILDSCOPE_CALLER, connection)) {
    return next(connection, sql, count, types, values, lengths, formats, result_format);
  }
  auto hook = gs::StatementHook::OfText(connection, sql);
  return hook.Sent(next(connection, hook.Text(sql), count, types, values, lengths, formats, result_format));
}

GUILDSCOPE_INTERPOSE int PQsendPrepare(PGconn* connection, const char* name, const char* sql, int count,
                                       const Oid* types) {
  static const auto next = gs::Next(&PQsendPrepare, "PQsendPrepare");
  if (gs::IsNoConcern(GUILDSCOPE_CALLER, connection)) return next(connection, name, sql, count, types);
  gs::PrepareHook hook(connection, name, sql);
  return hook.Sent(next(connection, name, sql, count, types));
}

GUILDSCOPE_INTERPOSE int PQsendQueryPrepared(PGconn* connection, const char* name, int count, const char* const* values,
                                             const int* lengths, const int* formats, int result_format) {
  static const auto next = gs::Next(&PQsendQueryPrepared, "PQsendQueryPrepared");
  if (gs::IsNoConcern(GUILDSCOPE_CALLER, connection)) {
    return next(connection, name, count, values, lengths, formats, result_format);
  }
  auto hook = gs::StatementHook::OfPrepared(connection, name);
  return hook.Sent(next(connection, name, count, values, lengths, formats, result_format));
}

GUILDSCOPE_INTERPOSE int PQsendDescribePrepared(PGconn* connection, const char* name) {
  static const auto next = gs::Next(&PQsendDescribePrepared, "PQsendDescribePrepared");
  return gs::SentOther(GUILDSCOPE_CALLER, connection, [&] { return next(connection, name); });
}

GUILDSCOPE_INTERPOSE int PQsendDescribePortal(PGconn* connection, const char* name) {
  static const auto next = gs::Next(&PQsendDescribePortal, "PQsendDescribePortal");
  return gs::SentOther(GUILDSCOPE_CALLER, connection, [&] { return next(connection, name); });
}

#ifdef LIBPQ_HAS_CLOSE_PREPARED
GUILDSCOPE_INTERPOSE int PQsendClosePrepared(PGconn* connection, const char* name) {
  static const auto next = gs::Next(&PQsendClosePrepared, "PQsendClosePrepared");
  return gs::SentOther(GUILDSCOPE_CALLER, connection, [&] { return next(connection, name); });
}

GUILDSCOPE_INTERPOSE int PQsendClosePortal(PGconn* connection, const char* name) {
  static const auto next = gs::Next(&PQsendClosePortal, "PQsendClosePortal");
  return gs::SentOther(GUILDSCOPE_CALLER, connection, [&] { return next(connection, name); });
}
#endif

GUILDSCOPE_INTERPOSE PGresult* PQgetResult(PGconn* connection) {
  static const auto next = gs::Next(&PQgetResult, "PQgetResult");
  // libpq's own calls count, too: it reads what the program has left.
  return gs::GotResult(connection, next(connection));
}

GUILDSCOPE_INTERPOSE PGconn* PQconnectdb(const char* info) {
  static const auto next = gs::Next(&PQconnectdb, "PQconnectdb");
  return gs::Connected(GUILDSCOPE_CALLER, [&] { return next(info); });
}

GUILDSCOPE_INTERPOSE PGconn* PQconnectdbParams(const char* const* keywords, const char* const* values, int expand) {
  static const auto next = gs::Next(&PQconnectdbParams, "PQconnectdbParams");
  return gs::Connected(GUILDSCOPE_CALLER, [&] { return next(keywords, values, expand); });
}

GUILDSCOPE_INTERPOSE PGconn* PQsetdbLogin(const char* host, const char* port, const char* options, const char* tty,
                                          const char* database, const char* user, const char* password) {
  static const auto next = gs::Next(&PQsetdbLogin, "PQsetdbLogin");
  return gs::Connected(GUILDSCOPE_CALLER, [&] { return next(host, port, options, tty, database, user, password); });
}

GUILDSCOPE_INTERPOSE PGconn* PQconnectStart(const char* info) {
  static const auto next = gs::Next(&PQconnectStart, "PQconnectStart");
  return gs::Started(GUILDSCOPE_CALLER, [&] { return next(info); });
}

GUILDSCOPE_INTERPOSE PGconn* PQconnectStartParams(const char* const* keywords, const char* const* values, int expand) {
  static const auto next = gs::Next(&PQconnectStartParams, "PQconnectStartParams");
  return gs::Started(GUILDSCOPE_CALLER, [&] { return next(keywords, values, expand); });
}

GUILDSCOPE_INTERPOSE PostgresPollingStatusType PQconnectPoll(PGconn* connection) {
  static const auto next = gs::Next(&PQconnectPoll, "PQconnectPoll");
  return gs::ConnectPolled(connection, next(connection));
}

GUILDSCOPE_INTERPOSE void PQreset(PGconn* connection) {
  static const auto next = gs::Next(&PQreset, "PQreset");
  gs::Forget(connection);
  (void)gs::Connected(GUILDSCOPE_CALLER, [&] {
    next(connection);
    return connection;
  });
}

GUILDSCOPE_INTERPOSE int PQresetStart(PGconn* connection) {
  static const auto next = gs::Next(&PQresetStart, "PQresetStart");
  gs::Forget(connection);
  int started = 0;
  (void)gs::Started(GUILDSCOPE_CALLER, [&] {
    started = next(connection);
    return connection;
  });
  return started;
}

GUILDSCOPE_INTERPOSE PostgresPollingStatusType PQresetPoll(PGconn* connection) {
  static const auto next = gs::Next(&PQresetPoll, "PQresetPoll");
  return gs::ConnectPolled(connection, next(connection));
}

GUILDSCOPE_INTERPOSE void PQfinish(PGconn* connection) {
  static const auto next = gs::Next(&PQfinish, "PQfinish");
  gs::Forget(connection);
  next(connection);
}
