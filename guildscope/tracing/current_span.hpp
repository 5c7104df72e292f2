#pragma once

#include "guildscope/tracing/span_context.hpp"

namespace guildscope::tracing {

/// Is told, on the thread where it happens, which span is current there from here on; an invalid one when none is.
/// Must not make contexts current.
using CurrentSpanListener = void (*)(const SpanContext& current) noexcept;

/// From here on the listener is told whenever a context is made current or ends being so, by this library or by anyone
/// else through OpenTelemetry's API. The last listener is the one that is told; null: none. For the life of the
/// process: our storage replaces that of OpenTelemetry's RuntimeContext (contexts that are current already stay so).
///
/// Threads: the first call must come before other threads use contexts, as OpenTelemetry asks. Cost: to whoever makes a
/// context current, about 20 ns.
void FollowCurrentSpan(CurrentSpanListener listener);

}  // namespace guildscope::tracing
