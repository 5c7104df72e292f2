#include "guildscope/tracing/opentelemetry_bridge.hpp"

#include <opentelemetry/common/key_value_iterable_view.h>
#include <opentelemetry/trace/span_metadata.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>

namespace guildscope::tracing {

namespace otel = opentelemetry;

SpanContext FromOpenTelemetry(const otel::trace::SpanContext& context) noexcept {
  SpanContext result;
  const auto trace_id = context.trace_id().Id();
  const auto span_id = context.span_id().Id();
  std::copy(trace_id.begin(), trace_id.end(), result.trace_id.begin());
  std::copy(span_id.begin(), span_id.end(), result.span_id.begin());
  result.sampled = context.IsSampled();
  return result;
}

otel::trace::SpanContext ToOpenTelemetry(const SpanContext& context, bool remote) noexcept {
  if (!context.valid()) return otel::trace::SpanContext::GetInvalid();
  return {otel::trace::TraceId(otel::nostd::span<const std::uint8_t, 16>(context.trace_id.data(), 16)),
          otel::trace::SpanId(otel::nostd::span<const std::uint8_t, 8>(context.span_id.data(), 8)),
          otel::trace::TraceFlags(context.sampled ? otel::trace::TraceFlags::kIsSampled : 0), remote};
}

otel::common::AttributeValue ToOpenTelemetry(const AttributeValue& value) noexcept {
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  const auto* text = std::get_if<AttributeText>(&value);
  return ToNostd(text != nullptr ? text->view() : std::string_view());
}

otel::nostd::shared_ptr<otel::trace::Span> SpanIn(const otel::context::Context& context) noexcept {
  const otel::context::ContextValue value = context.GetValue(otel::trace::kSpanKey);
  if (const auto* span = otel::nostd::get_if<otel::nostd::shared_ptr<otel::trace::Span>>(&value)) return *span;
  return {};
}

bool AttributesView::ForEachKeyValue(
    otel::nostd::function_ref<bool(otel::nostd::string_view, otel::common::AttributeValue)> callback) const noexcept {
  return std::all_of(attributes_.begin(), attributes_.end(), [&](const Attribute& attribute) {
    return callback(ToNostd(attribute.key.view()), ToOpenTelemetry(attribute.value));
  });
}

bool LinksView::ForEachKeyValue(
    otel::nostd::function_ref<bool(otel::trace::SpanContext, const otel::common::KeyValueIterable&)> callback)
    const noexcept {
  const otel::common::NoopKeyValueIterable no_attributes;
  return std::all_of(links_.begin(), links_.end(), [&](const SpanContext& link) {
    return !link.valid() || callback(ToOpenTelemetry(link, false), no_attributes);
  });
}

}  // namespace guildscope::tracing
