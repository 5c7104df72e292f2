#include "guildscope/tracing/context.hpp"

#include <opentelemetry/context/runtime_context.h>
#include <opentelemetry/trace/default_span.h>

#include <new>
#include <utility>

#include "guildscope/tracing/opentelemetry_bridge.hpp"

namespace guildscope::tracing {

namespace otel = opentelemetry;

// NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): the storage is only memory
Context::Context() { new (storage_) otel::context::Context(); }
Context::Context(const Context& other) noexcept { new (storage_) otel::context::Context(Access::Of(other)); }
Context::Context(Context&& other) noexcept { new (storage_) otel::context::Context(std::move(Access::Of(other))); }
// NOLINTEND(cppcoreguidelines-pro-type-member-init)

Context& Context::operator=(const Context& other) noexcept {
  if (this != &other) Access::Of(*this) = Access::Of(other);
  return *this;
}

Context& Context::operator=(Context&& other) noexcept {
  if (this != &other) Access::Of(*this) = std::move(Access::Of(other));
  return *this;
}

Context::~Context() {
  using Held = otel::context::Context;
  Access::Of(*this).~Held();
}

Context Context::Current() {
  Context context;
  Access::Of(context) = CurrentContext();
  return context;
}

Context Context::FromRemote(const SpanContext& parent) {
  Context context;
  if (!parent.valid()) return context;
  const otel::nostd::shared_ptr<otel::trace::Span> span(new otel::trace::DefaultSpan(ToOpenTelemetry(parent, true)));
  Access::Of(context) = otel::context::Context(otel::trace::kSpanKey, span);
  return context;
}

SpanContext Context::span() const noexcept {
  const auto span = SpanIn(Access::Of(*this));
  return span ? FromOpenTelemetry(span->GetContext()) : SpanContext();
}

ContextScope::ContextScope(const Context& context)
    : token_(otel::context::RuntimeContext::Attach(Context::Access::Of(context)).release()) {}

ContextScope::~ContextScope() { delete static_cast<otel::context::Token*>(token_); }

ContextScope::ContextScope(ContextScope&& other) noexcept : token_(std::exchange(other.token_, nullptr)) {}

}  // namespace guildscope::tracing
