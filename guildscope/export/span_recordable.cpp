#include "guildscope/export/span_recordable.hpp"

#include <opentelemetry/trace/span_context.h>
#include <opentelemetry/trace/trace_state.h>

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace proto = otel::proto::trace::v1;

template <typename Id>
std::string Bytes(const Id& id) {
  return {reinterpret_cast<const char*>(id.Id().data()), id.Id().size()};
}

/// OTLP's flags: the W3C ones, and whether the span they belong to came from another process.
std::uint32_t Flags(const otel::trace::SpanContext& context) noexcept {
  return context.trace_flags().flags() | proto::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK |
         (context.IsRemote() ? std::uint32_t{proto::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK} : 0U);
}

}  // namespace

void SpanRecordable::SetIdentity(const otel::trace::SpanContext& context, otel::trace::SpanId parent) noexcept {
  span_.set_trace_id(Bytes(context.trace_id()));
  span_.set_span_id(Bytes(context.span_id()));
  if (parent.IsValid()) span_.set_parent_span_id(Bytes(parent));
  if (context.trace_state()) span_.set_trace_state(context.trace_state()->ToHeader());
}

void SpanRecordable::SetAttribute(otel::nostd::string_view key, const otel::common::AttributeValue& value) noexcept {
  std::uint32_t dropped = span_.dropped_attributes_count();
  settings_->writer.Set({key.data(), key.size()}, value, settings_->limits.attributes.count,
                        *span_.mutable_attributes(), dropped);
  span_.set_dropped_attributes_count(dropped);
}

void SpanRecordable::AddEvent(otel::nostd::string_view name, otel::common::SystemTimestamp timestamp,
                              const otel::common::KeyValueIterable& attributes) noexcept {
  if (static_cast<std::size_t>(span_.events_size()) >= settings_->limits.event_count) {
    span_.set_dropped_events_count(span_.dropped_events_count() + 1);
    return;
  }
  auto& event = *span_.add_events();
  event.set_name(name.data(), name.size());
  event.set_time_unix_nano(static_cast<std::uint64_t>(timestamp.time_since_epoch().count()));
  event.set_dropped_attributes_count(
      settings_->writer.SetAll(attributes, settings_->limits.event_attribute_count, *event.mutable_attributes()));
}

void SpanRecordable::AddLink(const otel::trace::SpanContext& context,
                             const otel::common::KeyValueIterable& attributes) noexcept {
  if (static_cast<std::size_t>(span_.links_size()) >= settings_->limits.link_count) {
    span_.set_dropped_links_count(span_.dropped_links_count() + 1);
    return;
  }
  auto& link = *span_.add_links();
  link.set_trace_id(Bytes(context.trace_id()));
  link.set_span_id(Bytes(context.span_id()));
  link.set_flags(Flags(context));
  if (context.trace_state()) link.set_trace_state(context.trace_state()->ToHeader());
  link.set_dropped_attributes_count(
      settings_->writer.SetAll(attributes, settings_->limits.link_attribute_count, *link.mutable_attributes()));
}

// OK is final, and UNSET does not undo anything (OpenTelemetry's trace API, "Set Status").
void SpanRecordable::SetStatus(otel::trace::StatusCode code, otel::nostd::string_view description) noexcept {
  if (code == otel::trace::StatusCode::kUnset || span_.status().code() == proto::Status::STATUS_CODE_OK) return;
  auto& status = *span_.mutable_status();
  if (code == otel::trace::StatusCode::kOk) {
    status.set_code(proto::Status::STATUS_CODE_OK);
    status.clear_message();
  } else {
    status.set_code(proto::Status::STATUS_CODE_ERROR);
    status.set_message(description.data(), description.size());
  }
}

void SpanRecordable::SetName(otel::nostd::string_view name) noexcept { span_.set_name(name.data(), name.size()); }

void SpanRecordable::SetTraceFlags(otel::trace::TraceFlags flags) noexcept {
  span_.set_flags(span_.flags() | flags.flags());
}

void SpanRecordable::SetSpanKind(otel::trace::SpanKind kind) noexcept {
  switch (kind) {
    case otel::trace::SpanKind::kInternal:
      return span_.set_kind(proto::Span::SPAN_KIND_INTERNAL);
    case otel::trace::SpanKind::kServer:
      return span_.set_kind(proto::Span::SPAN_KIND_SERVER);
    case otel::trace::SpanKind::kClient:
      return span_.set_kind(proto::Span::SPAN_KIND_CLIENT);
    case otel::trace::SpanKind::kProducer:
      return span_.set_kind(proto::Span::SPAN_KIND_PRODUCER);
    case otel::trace::SpanKind::kConsumer:
      return span_.set_kind(proto::Span::SPAN_KIND_CONSUMER);
  }
}

void SpanRecordable::SetStartTime(otel::common::SystemTimestamp start) noexcept {
  span_.set_start_time_unix_nano(static_cast<std::uint64_t>(start.time_since_epoch().count()));
}

void SpanRecordable::SetDuration(std::chrono::nanoseconds duration) noexcept {
  span_.set_end_time_unix_nano(span_.start_time_unix_nano() + static_cast<std::uint64_t>(duration.count()));
}

}  // namespace guildscope::exporting
