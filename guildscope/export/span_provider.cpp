#include "guildscope/export/span_provider.hpp"

#include <opentelemetry/trace/context.h>
#include <opentelemetry/trace/default_span.h>
#include <opentelemetry/trace/tracer.h>

#include <algorithm>
#include <typeinfo>
#include <utility>

#include "guildscope/export/pool.hpp"
#include "guildscope/export/recorded_span.hpp"
#include "guildscope/tracing/opentelemetry_bridge.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
using otel::trace::StartSpanOptions;

std::string_view View(otel::nostd::string_view text) noexcept { return {text.data(), text.size()}; }

/// The caller's time may be "for ever".
std::chrono::milliseconds Bounded(std::uint64_t microseconds) noexcept {
  constexpr std::uint64_t kLongest = 30'000'000;
  return std::chrono::milliseconds(std::min(microseconds, kLongest) / 1'000);
}

SpanIdentity IdentityOf(const otel::trace::Span& span) noexcept {
  // Most parents are ours, and say who they are without a copy of their context.
  if (typeid(span) == typeid(RecordedSpan)) return static_cast<const RecordedSpan&>(span).identity();
  return SpanIdentity::From(span.GetContext());
}

SpanIdentity IdentityIn(const otel::context::Context& context) noexcept {
  const auto span = tracing::SpanIn(context);
  return span ? IdentityOf(*span) : SpanIdentity();
}

/// As the API's StartSpanOptions say: the given span context, or that of the given context, or a root where the context
/// asks for one, or what is current on this thread.
SpanIdentity ParentOf(const StartSpanOptions& options) noexcept {
  if (const auto* given = otel::nostd::get_if<otel::trace::SpanContext>(&options.parent)) {
    if (given->IsValid()) return SpanIdentity::From(*given);
  } else if (const auto* context = otel::nostd::get_if<otel::context::Context>(&options.parent)) {
    SpanIdentity identity = IdentityIn(*context);
    if (identity.valid()) return identity;
    if (otel::trace::IsRootSpan(*context)) return {};
  }
  const tracing::CurrentParent& current = tracing::CurrentParentSpan();
  if (current.has_state) return IdentityIn(tracing::CurrentContext());
  return {.trace_id = current.span.trace_id,
          .span_id = current.span.span_id,
          .sampled = current.span.sampled,
          .remote = current.remote};
}

class SpanTracer final : public otel::trace::Tracer {
 public:
  SpanTracer(const LentSink& sink, const WireScope& scope) : sink_(sink), scope_(scope) {}

  otel::nostd::shared_ptr<otel::trace::Span> StartSpan(otel::nostd::string_view name,
                                                       const otel::common::KeyValueIterable& attributes,
                                                       const otel::trace::SpanContextKeyValueIterable& links,
                                                       const StartSpanOptions& options) noexcept override {
    const SpanIdentity parent = ParentOf(options);
    const bool has_parent = parent.valid();
    SpanIdentity identity{
        .trace_id = has_parent ? parent.trace_id : NewTraceId(), .span_id = NewSpanId(), .state = parent.state};
    identity.sampled = (*sink_)->sampler.Samples(has_parent, parent.sampled, identity.trace_id);
    if (!identity.sampled) {
      return std::shared_ptr<otel::trace::Span>(
          std::allocate_shared<otel::trace::DefaultSpan>(PoolAllocator<char>(), identity.ToContext()));
    }
    auto span = std::allocate_shared<RecordedSpan>(PoolAllocator<char>(), sink_, scope_, std::move(identity), parent,
                                                   name, options);
    span->SetAllAttributes(attributes);
    links.ForEachKeyValue([&](const otel::trace::SpanContext& link, const otel::common::KeyValueIterable& with) {
      span->AddLink(link, with);
      return true;
    });
    span->TellStart();
    return std::shared_ptr<otel::trace::Span>(std::move(span));
  }

  void ForceFlushWithMicroseconds(std::uint64_t timeout) noexcept override {
    if ((*sink_)->pipeline) (*sink_)->pipeline->Flush(Bounded(timeout));
  }
  void CloseWithMicroseconds(std::uint64_t timeout) noexcept override {
    if ((*sink_)->pipeline) (*sink_)->pipeline->Shutdown(Bounded(timeout));
  }

 private:
  const LentSink sink_;
  const WireScope& scope_;
};

}  // namespace

otel::nostd::shared_ptr<otel::trace::Tracer> SpanProvider::GetTracer(otel::nostd::string_view name,
                                                                     otel::nostd::string_view version,
                                                                     otel::nostd::string_view schema_url) noexcept {
  const WireScope& scope = InternScope(View(name), View(version), View(schema_url));
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(known_.begin(), known_.end(), [&](const Known& k) { return k.scope == &scope; });
  if (known != known_.end()) return known->tracer;
  otel::nostd::shared_ptr<otel::trace::Tracer> tracer(new SpanTracer(sink_, scope));
  known_.push_back({&scope, tracer});
  return tracer;
}

}  // namespace guildscope::exporting
