#pragma once

#include <opentelemetry/logs/logger_provider.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "guildscope/base/fast_clock.hpp"
#include "guildscope/export/log_sink.hpp"

namespace guildscope::exporting {

/// OpenTelemetry's LoggerProvider without the SDK: its records are RecordedLogs, and its loggers take those of our own
/// Logging as they are. What the SDK's types offer beside the API (casting the provider to sdk::logs::LoggerProvider)
/// is not there.
///
/// Cost: GetLogger is a lock and a search; keep what it gives. A record: docs/performance.md, BM_LogRecord.
/// Threads: any. Lifetime: loggers and records may outlive it; what is emitted when the sink's pipeline is shut down is
/// counted there as lost. The clock must outlive the loggers.
class LogProvider final : public opentelemetry::logs::LoggerProvider {
 public:
  explicit LogProvider(const LentLogSink& sink, const Clock& clock = FastClock()) : sink_(sink), clock_(clock) {}

  using opentelemetry::logs::LoggerProvider::GetLogger;
  /// The scope has the library's name, or the logger's where that is empty.
  opentelemetry::nostd::shared_ptr<opentelemetry::logs::Logger> GetLogger(
      opentelemetry::nostd::string_view logger_name, opentelemetry::nostd::string_view library_name,
      opentelemetry::nostd::string_view library_version, opentelemetry::nostd::string_view schema_url,
      const opentelemetry::common::KeyValueIterable& attributes) override;

 private:
  using Key = std::pair<std::string, const WireScope*>;

  const LentLogSink sink_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<Key, opentelemetry::nostd::shared_ptr<opentelemetry::logs::Logger>> known_;  // guarded by mutex_
};

}  // namespace guildscope::exporting
