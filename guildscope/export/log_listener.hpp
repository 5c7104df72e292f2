#pragma once

#include <string_view>

#include "guildscope/export/wire_scope.hpp"

namespace guildscope::exporting {

/// Sees every log record on the thread that logs it: what a crash leaves behind can be kept this way. Given to the
/// provider (`LogSink::listener`); without one, records pay a comparison with null.
///
/// Must not log. Threads: many at once. Lifetime: as long as its provider's loggers, which the shared pointer sees to;
/// the arguments only during the call.
class LogListener {
 public:
  LogListener() = default;
  LogListener(const LogListener&) = delete;
  LogListener& operator=(const LogListener&) = delete;
  virtual ~LogListener() = default;

  /// `record` is an opentelemetry.proto.logs.v1.LogRecord, before secrets and what is no UTF-8 were replaced in it: it
  /// must pass a WireCleaner (or Redactor::NeedsRedaction) before it is written anywhere. Those that a full queue will
  /// not take come here too.
  virtual void Logged(std::string_view record, const WireScope& scope) noexcept = 0;
};

}  // namespace guildscope::exporting
