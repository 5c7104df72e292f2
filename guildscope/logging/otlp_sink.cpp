#include "guildscope/logging/otlp_sink.hpp"

#include <opentelemetry/logs/log_record.h>
#include <opentelemetry/logs/provider.h>
#include <opentelemetry/logs/severity.h>

#include <string>
#include <utility>

#include "guildscope/logging/redacted.hpp"

namespace guildscope::logging {
namespace {

namespace otel = opentelemetry;

otel::nostd::string_view View(std::string_view text) { return {text.data(), text.size()}; }

thread_local bool emitting = false;

/// Resets the mark in whatever way the scope is left.
struct Emitting {
  Emitting() { emitting = true; }
  ~Emitting() { emitting = false; }
  Emitting(const Emitting&) = delete;
  Emitting& operator=(const Emitting&) = delete;
};

void EmitByApi(otel::logs::Logger& logger, const Record& record) {
  auto made = logger.CreateLogRecord();
  if (!made) return;
  made->SetTimestamp(otel::common::SystemTimestamp(record.time));
  made->SetSeverity(SeverityOf(record.level));
  made->SetBody(View(record.message));
  if (record.location.line() != 0) {
    made->SetAttribute("code.file.path", View(record.location.file_name()));
    made->SetAttribute("code.line.number", static_cast<std::int64_t>(record.location.line()));
    made->SetAttribute("code.function.name", View(record.location.function_name()));
  }
  made->SetAttribute("thread.id", record.thread_id);
  made->SetAttribute("thread.name", View(record.thread_name));
  for (const auto& [key, value] : record.fields) made->SetAttribute(View(key), View(value));
  if (record.span.valid()) {
    made->SetTraceId(otel::trace::TraceId(otel::nostd::span<const std::uint8_t, 16>(record.span.trace_id.data(), 16)));
    made->SetSpanId(otel::trace::SpanId(otel::nostd::span<const std::uint8_t, 8>(record.span.span_id.data(), 8)));
    made->SetTraceFlags(otel::trace::TraceFlags(record.span.sampled ? otel::trace::TraceFlags::kIsSampled : 0));
  }
  logger.EmitLogRecord(std::move(made));
}

}  // namespace

otel::logs::Severity SeverityOf(Level level) noexcept {
  switch (level) {
    case Level::kDebug:
      return otel::logs::Severity::kDebug;
    case Level::kInfo:
      return otel::logs::Severity::kInfo;
    case Level::kWarning:
      return otel::logs::Severity::kWarn;
    case Level::kError:
      return otel::logs::Severity::kError;
    case Level::kCritical:
    case Level::kOff:
      break;
  }
  return otel::logs::Severity::kFatal;
}

OtlpSink::OtlpSink(std::string_view name)
    : logger_(otel::logs::Provider::GetLoggerProvider()->GetLogger(View(name), View(name))),
      ours_(dynamic_cast<RecordLogger*>(logger_.get())) {}

bool OtlpSink::Emit(const Record& record, const Redactor& redactor) const {
  if (ours_ != nullptr) return ours_->Take(record);
  if (emitting || !logger_) return true;
  const Emitting mark;
  const std::string message = redactor.Redact(record.message);
  const Fields fields = Redacted(redactor, record.fields);
  EmitByApi(*logger_, {.level = record.level,
                       .time = record.time,
                       .logger = record.logger,
                       .message = message,
                       .fields = fields,
                       .location = record.location,
                       .thread_id = record.thread_id,
                       .thread_name = record.thread_name,
                       .span = record.span});
  return true;
}

}  // namespace guildscope::logging
