#pragma once

#include <functional>
#include <string_view>

namespace guildscope::tracing {

/// Gives the headers that carry what is current on this thread to another process, as the propagators of
/// OTEL_PROPAGATORS write it: `traceparent` and `tracestate`, `baggage`. Nothing before telemetry has started.
///
/// Threads: any. Cost: a few hundred nanoseconds.
void InjectCurrent(const std::function<void(std::string_view name, std::string_view value)>& set);

}  // namespace guildscope::tracing
