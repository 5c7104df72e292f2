#pragma once

#include <opentelemetry/context/context.h>

#include <string>

/// How CurrentRoute gets to know: the context of an outermost span carries its name. For tracing/ alone.
namespace guildscope::tracing {

[[nodiscard]] bool HasRoute(const opentelemetry::context::Context& context) noexcept;
[[nodiscard]] opentelemetry::context::Context WithRoute(const opentelemetry::context::Context& context,
                                                        const std::string& route);

}  // namespace guildscope::tracing
