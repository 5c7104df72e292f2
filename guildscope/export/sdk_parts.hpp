#pragma once

#include <opentelemetry/context/propagation/text_map_propagator.h>

#include <memory>
#include <string>
#include <vector>

/// The SDK's own pieces that options choose between.
namespace guildscope::exporting {

/// Throws std::invalid_argument for a name that is unknown, and says which are known.
[[nodiscard]] std::unique_ptr<opentelemetry::context::propagation::TextMapPropagator> MakePropagator(
    const std::vector<std::string>& names);

}  // namespace guildscope::exporting
