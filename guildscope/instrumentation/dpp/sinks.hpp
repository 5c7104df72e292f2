#pragma once

#include "guildscope/base/clock.hpp"
#include "guildscope/base/redactor.hpp"
#include "guildscope/health/health.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope::dpp {

/// The parts of a Telemetry that the hooks write to. Lifetime: borrowed, until ClusterState::Close.
struct Sinks {
  metrics::Registry& metrics;
  const tracing::Tracer& tracer;
  const Redactor& redactor;
  health::Health& health;
  const Clock& clock = RealClock();
  /// Requests to others than Discord carry the trace on.
  bool inject_traceparent = true;
};

}  // namespace guildscope::dpp
