#include "guildscope/tracing/context.hpp"

#include <opentelemetry/context/runtime_context.h>
#include <opentelemetry/trace/default_span.h>

#include "guildscope/tracing/opentelemetry_bridge.hpp"

namespace guildscope::tracing {

namespace otel = opentelemetry;

Context::Context() = default;
Context::Context(const Context&) = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(const Context&) = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Context Context::Current() {
  Context context;
  context.impl_ = std::make_shared<Impl>(Impl{CurrentContext()});
  return context;
}

Context Context::FromRemote(const SpanContext& parent) {
  Context context;
  if (!parent.valid()) return context;
  const otel::nostd::shared_ptr<otel::trace::Span> span(new otel::trace::DefaultSpan(ToOpenTelemetry(parent, true)));
  context.impl_ = std::make_shared<Impl>(Impl{otel::context::Context(otel::trace::kSpanKey, span)});
  return context;
}

SpanContext Context::span() const noexcept {
  if (!impl_) return {};
  const auto span = SpanIn(impl_->value);
  return span ? FromOpenTelemetry(span->GetContext()) : SpanContext();
}

SpanContext CurrentSpan() noexcept {
  const auto span = SpanIn(CurrentContext());
  return span ? FromOpenTelemetry(span->GetContext()) : SpanContext();
}

struct ContextScope::Impl {
  otel::nostd::unique_ptr<otel::context::Token> token;
};

ContextScope::ContextScope(const Context& context)
    : impl_(std::make_unique<Impl>(Impl{
          otel::context::RuntimeContext::Attach(context.impl_ ? context.impl_->value : otel::context::Context())})) {}

ContextScope::~ContextScope() = default;
ContextScope::ContextScope(ContextScope&&) noexcept = default;

}  // namespace guildscope::tracing
