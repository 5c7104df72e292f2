#include "guildscope/tracing/tracer.hpp"

#include <opentelemetry/trace/provider.h>
#include <opentelemetry/trace/tracer.h>
#include <opentelemetry/trace/tracer_provider.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "guildscope/tracing/opentelemetry_bridge.hpp"
#include "guildscope/tracing/route_context.hpp"
#include "guildscope/tracing/span_impl.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;

otel::trace::SpanKind ToOpenTelemetry(SpanKind kind) noexcept {
  switch (kind) {
    case SpanKind::kInternal:
      return otel::trace::SpanKind::kInternal;
    case SpanKind::kServer:
      return otel::trace::SpanKind::kServer;
    case SpanKind::kClient:
      return otel::trace::SpanKind::kClient;
    case SpanKind::kProducer:
      return otel::trace::SpanKind::kProducer;
    case SpanKind::kConsumer:
      return otel::trace::SpanKind::kConsumer;
  }
  return otel::trace::SpanKind::kInternal;
}

}  // namespace

/// Remembers the tracer that the provider gave: asking costs a lock and a search. Providers change when telemetry
/// starts and ends, so the few old entries are kept, and readers need no lock.
struct Tracer::Impl {
  struct Entry {
    otel::nostd::shared_ptr<otel::trace::TracerProvider> provider;
    otel::nostd::shared_ptr<otel::trace::Tracer> tracer;
  };

  otel::trace::Tracer& Current() {
    auto provider = otel::trace::Provider::GetTracerProvider();
    const Entry* entry = current.load(std::memory_order_acquire);
    if (entry == nullptr || entry->provider.get() != provider.get()) entry = Remember(std::move(provider));
    return *entry->tracer;
  }

  const Entry* Remember(otel::nostd::shared_ptr<otel::trace::TracerProvider> provider) {
    const std::lock_guard lock(mutex);
    for (const auto& known : entries) {
      if (known->provider.get() != provider.get()) continue;
      current.store(known.get(), std::memory_order_release);
      return known.get();
    }
    auto tracer = provider->GetTracer(ToNostd(scope_name), ToNostd(scope_version));
    entries.push_back(std::make_unique<Entry>(Entry{std::move(provider), std::move(tracer)}));
    current.store(entries.back().get(), std::memory_order_release);
    return entries.back().get();
  }

  std::string scope_name;
  std::string scope_version;
  std::atomic<const Entry*> current{nullptr};
  std::mutex mutex;
  std::vector<std::unique_ptr<Entry>> entries;  // guarded by mutex; an entry does not change
};

Tracer::Tracer(std::string_view scope_name, std::string_view scope_version) : impl_(std::make_unique<Impl>()) {
  impl_->scope_name = scope_name;
  impl_->scope_version = scope_version;
}

Tracer::~Tracer() = default;

Span Tracer::Start(std::string_view name, const SpanOptions& options) const {
  otel::trace::StartSpanOptions start;
  start.kind = ToOpenTelemetry(options.kind);
  Span::Impl impl;
  if (options.parent) {
    impl.parent = Context::Access::Of(*options.parent);
    // A context without a span means a root here; OpenTelemetry would fall back to what is current on this thread.
    start.parent = SpanIn(impl.parent) ? impl.parent : impl.parent.SetValue(otel::trace::kIsRootSpanKey, true);
  } else {
    impl.parent = CurrentContext();
  }
  if (!HasRoute(impl.parent)) impl.route = name;
  impl.span =
      impl_->Current().StartSpan(ToNostd(name), AttributesView(options.attributes), LinksView(options.links), start);
  return Span(std::move(impl));
}

}  // namespace guildscope::tracing
