#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "guildscope/instrumentation/database/recorder_slot.hpp"
#include "guildscope/instrumentation/database/statement_recorder.hpp"

/// What stands between the functions that interpose.cpp puts in front of libpq and the recorder. Nothing here throws:
/// it is called from C. A null connection is libpq's to refuse, and never comes here.
namespace guildscope::postgres {

struct Pending;

[[nodiscard]] database::RecorderSlot& Slot() noexcept;

/// Whether the process' calls of PQexec arrive in interpose.cpp and can be passed on.
[[nodiscard]] bool HooksAreLive() noexcept;

/// One statement that is executed or sent: begins when it is made, ends with a result or is left to PQgetResult.
class [[nodiscard]] StatementHook {
 public:
  /// A text that is sent as it is, but for the comment.
  [[nodiscard]] static StatementHook OfText(PGconn* connection, const char* sql) noexcept;
  /// What was prepared under a name.
  [[nodiscard]] static StatementHook OfPrepared(PGconn* connection, const char* name) noexcept;

  /// The text to send: `sql`, or the same with a comment.
  [[nodiscard]] const char* Text(const char* sql) const noexcept {
    return commented_.empty() ? sql : commented_.c_str();
  }

  /// For what waits for the result. Returns it.
  PGresult* End(PGresult* result) noexcept;
  /// For what has only sent; `sent` is what libpq returned, 0 when it did not work. Returns it.
  int Sent(int sent) noexcept;

 private:
  explicit StatementHook(PGconn* connection) noexcept : connection_(connection) {}
  void Begin(std::string_view sql, bool with_comment) noexcept;
  Pending TakePending();

  PGconn* connection_;
  std::optional<database::Execution> execution_;
  std::uint64_t generation_ = 0;
  std::string commented_;
};

/// Preparing: recorded when it fails, remembered when it works.
class [[nodiscard]] PrepareHook {
 public:
  PrepareHook(PGconn* connection, const char* name, const char* sql) noexcept;
  PGresult* End(PGresult* result) noexcept;
  int Sent(int sent) noexcept;

 private:
  PGconn* connection_;
  std::string_view name_;
  std::string_view sql_;
  std::chrono::steady_clock::time_point start_{};
};

/// After something was sent that is no statement, but has results. Returns `sent`.
int OtherSent(PGconn* connection, int sent) noexcept;

/// After PQgetResult. Returns the result.
PGresult* GotResult(PGconn* connection, PGresult* result) noexcept;

/// An attempt to connect: recorded when it fails. `connection` may be null, for want of memory.
class [[nodiscard]] ConnectHook {
 public:
  ConnectHook() noexcept;
  /// For what waits until it is over: PQconnectdb, PQreset.
  void End(PGconn* connection) const noexcept;
  /// For what only begins: PQconnectStart, PQresetStart. The polls tell how it went.
  void Started(PGconn* connection) const noexcept;

 private:
  std::chrono::steady_clock::time_point start_{};
};

/// After PQconnectPoll and PQresetPoll. Returns the state.
PostgresPollingStatusType ConnectPolled(PGconn* connection, PostgresPollingStatusType state) noexcept;

/// The program gave up an attempt that was under way since `start`.
void ConnectAbandoned(PGconn* connection, std::chrono::steady_clock::time_point start) noexcept;

/// Before PQfinish and PQreset: nothing that was known about the connection holds any more.
void Forget(PGconn* connection) noexcept;

}  // namespace guildscope::postgres
