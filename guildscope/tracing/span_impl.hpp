#pragma once

#include <opentelemetry/context/context.h>
#include <opentelemetry/trace/span.h>

#include "guildscope/tracing/span.hpp"

namespace guildscope::tracing {

struct Span::Impl {
  opentelemetry::nostd::shared_ptr<opentelemetry::trace::Span> span;
  opentelemetry::context::Context parent;  ///< What the span was started in: baggage and the like go on in its context.
  bool ended = false;
};

}  // namespace guildscope::tracing
