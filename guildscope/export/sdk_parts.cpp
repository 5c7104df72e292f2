#include "guildscope/export/sdk_parts.hpp"

#include <opentelemetry/baggage/propagation/baggage_propagator.h>
#include <opentelemetry/context/propagation/composite_propagator.h>
#include <opentelemetry/sdk/trace/samplers/always_off_factory.h>
#include <opentelemetry/sdk/trace/samplers/always_on_factory.h>
#include <opentelemetry/sdk/trace/samplers/parent_factory.h>
#include <opentelemetry/sdk/trace/samplers/trace_id_ratio_factory.h>
#include <opentelemetry/trace/propagation/b3_propagator.h>
#include <opentelemetry/trace/propagation/http_trace_context.h>
#include <opentelemetry/trace/propagation/jaeger.h>

#include <stdexcept>
#include <utility>

namespace guildscope::exporting {

namespace otel = opentelemetry;
namespace sdk = otel::sdk::trace;
using otel::context::propagation::TextMapPropagator;

std::unique_ptr<sdk::Sampler> MakeSampler(const config::TracesOptions& options) {
  const auto parent_based = [](std::unique_ptr<sdk::Sampler> root) {
    return sdk::ParentBasedSamplerFactory::Create(std::shared_ptr<sdk::Sampler>(std::move(root)));
  };
  switch (options.sampler) {
    case config::Sampler::kAlwaysOn:
      return sdk::AlwaysOnSamplerFactory::Create();
    case config::Sampler::kAlwaysOff:
      return sdk::AlwaysOffSamplerFactory::Create();
    case config::Sampler::kTraceIdRatio:
      return sdk::TraceIdRatioBasedSamplerFactory::Create(options.sampler_ratio);
    case config::Sampler::kParentBasedAlwaysOn:
      return parent_based(sdk::AlwaysOnSamplerFactory::Create());
    case config::Sampler::kParentBasedAlwaysOff:
      return parent_based(sdk::AlwaysOffSamplerFactory::Create());
    case config::Sampler::kParentBasedTraceIdRatio:
      return parent_based(sdk::TraceIdRatioBasedSamplerFactory::Create(options.sampler_ratio));
  }
  return sdk::AlwaysOnSamplerFactory::Create();
}

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
