#pragma once

#include <opentelemetry/logs/logger.h>
#include <opentelemetry/logs/severity.h>
#include <opentelemetry/nostd/shared_ptr.h>

#include <memory>
#include <string_view>

#include "guildscope/base/redactor.hpp"
#include "guildscope/logging/record.hpp"

namespace guildscope::logging {

[[nodiscard]] opentelemetry::logs::Severity SeverityOf(Level level) noexcept;

/// A logger of OpenTelemetry that takes our records as they are, without the detour of one call for each of their
/// parts, and that replaces secrets itself before they leave the process. What guildscope's export installs; any other
/// provider's logger is given records through the API, and without secrets.
class RecordLogger : public opentelemetry::logs::Logger {
 public:
  /// False when the record was dropped (and counted there).
  virtual bool Take(const Record& record) noexcept = 0;
};

/// One logger's way to OpenTelemetry. Threads: any.
class OtlpSink {
 public:
  /// The logger of that name of OpenTelemetry's global provider.
  explicit OtlpSink(std::string_view name);

  /// Hands over a record that was not redacted. One that is made while another is handed over on the same thread (an
  /// exporter that logs) is left out, or it would never end. False when the record was dropped.
  bool Emit(const Record& record, const Redactor& redactor) const;

 private:
  const opentelemetry::nostd::shared_ptr<opentelemetry::logs::Logger> logger_;
  RecordLogger* const ours_;  // the same, or null
};

}  // namespace guildscope::logging
