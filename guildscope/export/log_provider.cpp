#include "guildscope/export/log_provider.hpp"

#include <opentelemetry/logs/logger.h>
#include <opentelemetry/logs/severity.h>

#include <string_view>
#include <typeinfo>

#include "guildscope/export/recorded_log.hpp"
#include "guildscope/logging/otlp_sink.hpp"
#include "guildscope/tracing/context.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;

std::string_view View(otel::nostd::string_view text) noexcept { return {text.data(), text.size()}; }
otel::nostd::string_view View(std::string_view text) noexcept { return {text.data(), text.size()}; }

class LogLogger final : public logging::RecordLogger {
 public:
  LogLogger(std::string name, std::shared_ptr<const LogSink> sink, const WireScope& scope, const Clock& clock)
      : name_(std::move(name)), sink_(std::move(sink)), scope_(scope), clock_(clock) {
    SetMinimumSeverity(static_cast<std::uint8_t>(otel::logs::Severity::kTrace));
  }

  const otel::nostd::string_view GetName() noexcept override { return View(std::string_view(name_)); }

  otel::nostd::unique_ptr<otel::logs::LogRecord> CreateLogRecord() noexcept override {
    try {
      return otel::nostd::unique_ptr<otel::logs::LogRecord>(
          new RecordedLog(*sink_, scope_, clock_.Now(), tracing::CurrentSpan()));
    } catch (...) {
      sink_->Drop(0);  // no memory; what it would have said is not known
      return {};
    }
  }

  using otel::logs::Logger::EmitLogRecord;
  void EmitLogRecord(otel::nostd::unique_ptr<otel::logs::LogRecord>&& record) noexcept override {
    const auto taken = std::move(record);
    // Another provider's record is in a form that only that one knows.
    if (taken && typeid(*taken) == typeid(RecordedLog)) static_cast<RecordedLog&>(*taken).Emit();
  }

  bool Take(const logging::Record& record) noexcept override {
    try {
      RecordedLog made(*sink_, scope_, record.time, record.span);
      made.SetTimestamp(otel::common::SystemTimestamp(record.time));
      made.SetSeverity(logging::SeverityOf(record.level));
      made.SetBody(View(record.message));
      if (record.location.line() != 0) {
        made.SetAttribute("code.file.path", record.location.file_name());
        made.SetAttribute("code.line.number", static_cast<std::int64_t>(record.location.line()));
        made.SetAttribute("code.function.name", record.location.function_name());
      }
      made.SetAttribute("thread.id", record.thread_id);
      made.SetAttribute("thread.name", View(record.thread_name));
      for (const auto& [key, value] : record.fields) made.SetAttribute(View(key), View(std::string_view(value)));
      return made.Emit();
    } catch (...) {
      sink_->Drop(static_cast<std::size_t>(record.level));
      return false;
    }
  }

 private:
  const std::string name_;
  const std::shared_ptr<const LogSink> sink_;
  const WireScope& scope_;
  const Clock& clock_;
};

}  // namespace

otel::nostd::shared_ptr<otel::logs::Logger> LogProvider::GetLogger(otel::nostd::string_view logger_name,
                                                                   otel::nostd::string_view library_name,
                                                                   otel::nostd::string_view library_version,
                                                                   otel::nostd::string_view schema_url,
                                                                   const otel::common::KeyValueIterable& attributes) {
  const WireScope& scope = InternScope(View(library_name.empty() ? logger_name : library_name), View(library_version),
                                       View(schema_url), &attributes);
  const std::lock_guard lock(mutex_);
  auto& logger = known_[{std::string(View(logger_name)), &scope}];
  if (!logger) {
    logger = otel::nostd::shared_ptr<otel::logs::Logger>(
        new LogLogger(std::string(View(logger_name)), sink_, scope, clock_));
  }
  return logger;
}

}  // namespace guildscope::exporting
