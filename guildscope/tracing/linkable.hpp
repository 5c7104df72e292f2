#pragma once

#include <opentelemetry/common/key_value_iterable.h>
#include <opentelemetry/trace/span_context.h>

namespace guildscope::tracing {

/// What a span is, too, whose provider takes links after the start. For export/, whose spans are, and tracing/.
class Linkable {
 public:
  virtual void AddLink(const opentelemetry::trace::SpanContext& to,
                       const opentelemetry::common::KeyValueIterable& attributes) noexcept = 0;

 protected:
  Linkable() = default;
  ~Linkable() = default;
};

}  // namespace guildscope::tracing
