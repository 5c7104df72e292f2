#pragma once

#include <opentelemetry/context/context.h>
#include <opentelemetry/trace/span.h>

#include <string>

#include "guildscope/tracing/span.hpp"

namespace guildscope::tracing {

struct Span::Impl {
  opentelemetry::nostd::shared_ptr<opentelemetry::trace::Span> span{};
  opentelemetry::context::Context
      parent{};         ///< What the span was started in: baggage and the like go on in its context.
  std::string route{};  ///< The span's name when it is an outermost one; see route.hpp.
  bool ended = false;
};

}  // namespace guildscope::tracing
