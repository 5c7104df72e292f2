#pragma once

#include <opentelemetry/trace/tracer_provider.h>

#include <memory>
#include <mutex>
#include <vector>

#include "guildscope/export/span_sink.hpp"

namespace guildscope::exporting {

/// OpenTelemetry's TracerProvider without the SDK: its spans are RecordedSpans. What the SDK's types offer beside the
/// API (casting the provider to sdk::trace::TracerProvider) is not there.
///
/// Cost: GetTracer is a lock and a search; keep what it gives. StartSpan: docs/performance.md, BM_Span.
/// Threads: any. Lifetime: tracers and spans may outlive it; what ends when the sink's pipeline is shut down is counted
/// there as lost.
class SpanProvider final : public opentelemetry::trace::TracerProvider {
 public:
  explicit SpanProvider(std::shared_ptr<const SpanSink> sink) : sink_(std::move(sink)) {}

  opentelemetry::nostd::shared_ptr<opentelemetry::trace::Tracer> GetTracer(
      opentelemetry::nostd::string_view name, opentelemetry::nostd::string_view version,
      opentelemetry::nostd::string_view schema_url) noexcept override;

 private:
  struct Known {
    const WireScope* scope;
    opentelemetry::nostd::shared_ptr<opentelemetry::trace::Tracer> tracer;
  };

  const LentSink sink_;
  std::mutex mutex_;
  std::vector<Known> known_;  // guarded by mutex_
};

}  // namespace guildscope::exporting
