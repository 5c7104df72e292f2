#include "guildscope/export/log_recordable.hpp"

#include <opentelemetry/logs/severity.h>
#include <opentelemetry/trace/span_id.h>
#include <opentelemetry/trace/trace_flags.h>
#include <opentelemetry/trace/trace_id.h>

#include <string_view>

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace proto = otel::proto::logs::v1;

std::uint64_t Nanoseconds(otel::common::SystemTimestamp timestamp) noexcept {
  return static_cast<std::uint64_t>(timestamp.time_since_epoch().count());
}

}  // namespace

void LogRecordable::SetTimestamp(otel::common::SystemTimestamp timestamp) noexcept {
  record_.set_time_unix_nano(Nanoseconds(timestamp));
}

void LogRecordable::SetObservedTimestamp(otel::common::SystemTimestamp timestamp) noexcept {
  record_.set_observed_time_unix_nano(Nanoseconds(timestamp));
}

// The numbers of the API are those of the protocol.
void LogRecordable::SetSeverity(otel::logs::Severity severity) noexcept {
  const auto number = static_cast<std::size_t>(severity);
  record_.set_severity_number(static_cast<proto::SeverityNumber>(number));
  if (number < std::size(otel::logs::SeverityNumToText)) {
    const auto text = otel::logs::SeverityNumToText[number];
    record_.set_severity_text(text.data(), text.size());
  }
}

void LogRecordable::SetBody(const otel::common::AttributeValue& body) noexcept {
  settings_->body_writer.Write(body, *record_.mutable_body());
}

void LogRecordable::SetAttribute(otel::nostd::string_view key, const otel::common::AttributeValue& value) noexcept {
  std::uint32_t dropped = record_.dropped_attributes_count();
  settings_->writer.Set({key.data(), key.size()}, value, settings_->limits.count, *record_.mutable_attributes(),
                        dropped);
  record_.set_dropped_attributes_count(dropped);
}

void LogRecordable::SetEventId(std::int64_t, otel::nostd::string_view name) noexcept {
  record_.set_event_name(name.data(), name.size());
}

void LogRecordable::SetTraceId(const otel::trace::TraceId& trace_id) noexcept {
  if (!trace_id.IsValid()) return;
  record_.set_trace_id(trace_id.Id().data(), trace_id.Id().size());
}

void LogRecordable::SetSpanId(const otel::trace::SpanId& span_id) noexcept {
  if (!span_id.IsValid()) return;
  record_.set_span_id(span_id.Id().data(), span_id.Id().size());
}

void LogRecordable::SetTraceFlags(const otel::trace::TraceFlags& flags) noexcept { record_.set_flags(flags.flags()); }

}  // namespace guildscope::exporting
