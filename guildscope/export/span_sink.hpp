#pragma once

#include <memory>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/batch_pipeline.hpp"
#include "guildscope/export/lent.hpp"
#include "guildscope/export/span_filter.hpp"
#include "guildscope/export/span_listener.hpp"
#include "guildscope/export/span_sampler.hpp"
#include "guildscope/export/wire_attributes.hpp"

namespace guildscope::exporting {

/// What every span of a provider has in common: which are recorded, within which limits, and where they go.
///
/// Lifetime: spans, tracers and threads that made spans keep it; so whoever made the pipeline shuts it down.
struct SpanSink {
  SpanSink(const config::SpanLimits& span_limits, SpanSampler span_sampler, std::shared_ptr<const Redactor> redactor)
      : limits(span_limits),
        sampler(std::move(span_sampler)),
        writer(span_limits.attributes.value_length, std::move(redactor)) {}

  const config::SpanLimits limits;
  const SpanSampler sampler;
  const WireAttributes writer;
  std::shared_ptr<BatchPipeline> pipeline;   ///< None: ended spans go nowhere.
  std::shared_ptr<const SpanFilter> filter;  ///< May be none.
  std::shared_ptr<SpanListener> listener;    ///< May be none.
};

using LentSink = Lent<std::shared_ptr<const SpanSink>>;

}  // namespace guildscope::exporting
