#include "guildscope/export/span_sampler.hpp"

#include <opentelemetry/common/key_value_iterable.h>
#include <opentelemetry/sdk/trace/samplers/trace_id_ratio_factory.h>
#include <opentelemetry/trace/span_context.h>
#include <opentelemetry/trace/span_context_kv_iterable.h>

namespace guildscope::exporting {

namespace otel = opentelemetry;

SpanSampler::SpanSampler(config::Sampler sampler, double ratio) {
  using enum config::Sampler;
  follows_parent_ =
      sampler == kParentBasedAlwaysOn || sampler == kParentBasedAlwaysOff || sampler == kParentBasedTraceIdRatio;
  samples_ = sampler != kAlwaysOff && sampler != kParentBasedAlwaysOff;
  if (sampler == kTraceIdRatio || sampler == kParentBasedTraceIdRatio) {
    ratio_ = otel::sdk::trace::TraceIdRatioBasedSamplerFactory::Create(ratio);
  }
}

bool SpanSampler::SamplesByRatio(const TraceIdBytes& trace_id) const noexcept {
  return ratio_
      ->ShouldSample(otel::trace::SpanContext::GetInvalid(),
                     otel::trace::TraceId(otel::nostd::span<const std::uint8_t, 16>(trace_id.data(), 16)), "",
                     otel::trace::SpanKind::kInternal, otel::common::NoopKeyValueIterable(),
                     otel::trace::NullSpanContext())
      .IsSampled();
}

}  // namespace guildscope::exporting
