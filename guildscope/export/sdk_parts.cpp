#include "guildscope/export/sdk_parts.hpp"

#include <opentelemetry/baggage/propagation/baggage_propagator.h>
#include <opentelemetry/context/propagation/composite_propagator.h>
#include <opentelemetry/trace/propagation/b3_propagator.h>
#include <opentelemetry/trace/propagation/http_trace_context.h>
#include <opentelemetry/trace/propagation/jaeger.h>

#include <stdexcept>
#include <utility>

namespace guildscope::exporting {

namespace otel = opentelemetry;
using otel::context::propagation::TextMapPropagator;

std::unique_ptr<TextMapPropagator> MakePropagator(const std::vector<std::string>& names) {
  std::vector<std::unique_ptr<TextMapPropagator>> propagators;
  for (const std::string& name : names) {
    if (name == "tracecontext") {
      propagators.push_back(std::make_unique<otel::trace::propagation::HttpTraceContext>());
    } else if (name == "baggage") {
      propagators.push_back(std::make_unique<otel::baggage::propagation::BaggagePropagator>());
    } else if (name == "b3") {
      propagators.push_back(std::make_unique<otel::trace::propagation::B3Propagator>());
    } else if (name == "b3multi") {
      propagators.push_back(std::make_unique<otel::trace::propagation::B3PropagatorMultiHeader>());
    } else if (name == "jaeger") {
      propagators.push_back(std::make_unique<otel::trace::propagation::JaegerPropagator>());
    } else if (name != "none") {
      throw std::invalid_argument("propagator '" + name +
                                  "'; accepted: tracecontext, baggage, b3, b3multi, jaeger, none");
    }
  }
  return std::make_unique<otel::context::propagation::CompositePropagator>(std::move(propagators));
}

}  // namespace guildscope::exporting
