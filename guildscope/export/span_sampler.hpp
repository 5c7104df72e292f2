#pragma once

#include <opentelemetry/sdk/trace/sampler.h>

#include <memory>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/span_ids.hpp"

namespace guildscope::exporting {

/// Which spans are recorded: the samplers of OTEL_TRACES_SAMPLER. What only looks at the parent is decided here; a
/// ratio is the SDK's own sampler, so that what it takes elsewhere it takes here.
///
/// Cost: a branch or two; for a root under a ratio about 30 ns. Threads: any.
class SpanSampler {
 public:
  SpanSampler(config::Sampler sampler, double ratio);

  /// `parent_is_sampled` is only looked at with a parent.
  [[nodiscard]] bool Samples(bool has_parent, bool parent_is_sampled, const TraceIdBytes& trace_id) const noexcept {
    if (follows_parent_ && has_parent) return parent_is_sampled;
    return ratio_ ? SamplesByRatio(trace_id) : samples_;
  }

 private:
  [[nodiscard]] bool SamplesByRatio(const TraceIdBytes& trace_id) const noexcept;

  bool follows_parent_ = false;
  bool samples_ = true;  ///< Where there is no ratio.
  std::shared_ptr<opentelemetry::sdk::trace::Sampler> ratio_;
};

}  // namespace guildscope::exporting
