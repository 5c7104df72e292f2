#pragma once

#include <opentelemetry/common/attribute_value.h>
#include <opentelemetry/common/key_value_iterable.h>
#include <opentelemetry/context/context.h>
#include <opentelemetry/trace/span.h>
#include <opentelemetry/trace/span_context.h>
#include <opentelemetry/trace/span_context_kv_iterable.h>

#include <new>
#include <string_view>
#include <vector>

#include "guildscope/tracing/context.hpp"
#include "guildscope/tracing/span.hpp"
#include "guildscope/tracing/span_context.hpp"

/// Our values in OpenTelemetry's types and back; for tracing/, logging/ and export/ alone.
namespace guildscope::tracing {

[[nodiscard]] inline opentelemetry::nostd::string_view ToNostd(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

[[nodiscard]] SpanContext FromOpenTelemetry(const opentelemetry::trace::SpanContext& context) noexcept;
[[nodiscard]] opentelemetry::trace::SpanContext ToOpenTelemetry(const SpanContext& context, bool remote) noexcept;

/// Valid as long as the attribute.
[[nodiscard]] opentelemetry::common::AttributeValue ToOpenTelemetry(const AttributeValue& value) noexcept;

/// The context that is current on this thread: RuntimeContext::GetCurrent() without counting a reference to the
/// storage, which all threads share, once FollowCurrentSpan has put our own there.
[[nodiscard]] opentelemetry::context::Context CurrentContext() noexcept;

/// The span that is current on this thread, with what else its children want to know. Invalid when there is none.
struct CurrentParent {
  SpanContext span;
  bool remote = false;
  bool has_state = false;  ///< A trace state that is not empty: that is in CurrentContext().
};

/// Kept beside the thread's contexts once FollowCurrentSpan was called; until then they are asked, 30 ns. Valid until
/// another context becomes current here.
[[nodiscard]] const CurrentParent& CurrentParentSpan() noexcept;

/// The span that is active in a context; null when there is none. (OpenTelemetry's GetSpan allocates one then.)
[[nodiscard]] opentelemetry::nostd::shared_ptr<opentelemetry::trace::Span> SpanIn(
    const opentelemetry::context::Context& context) noexcept;

/// Attributes as OpenTelemetry iterates them. Borrows.
class AttributesView final : public opentelemetry::common::KeyValueIterable {
 public:
  explicit AttributesView(const Attributes& attributes) noexcept : attributes_(attributes) {}
  AttributesView(Attributes&&) = delete;
  bool ForEachKeyValue(
      opentelemetry::nostd::function_ref<bool(opentelemetry::nostd::string_view, opentelemetry::common::AttributeValue)>
          callback) const noexcept override;
  std::size_t size() const noexcept override { return attributes_.size(); }

 private:
  const Attributes& attributes_;
};

/// Links as OpenTelemetry iterates them; invalid ones are left out. Borrows.
class LinksView final : public opentelemetry::trace::SpanContextKeyValueIterable {
 public:
  explicit LinksView(const std::vector<SpanContext>& links) noexcept : links_(links) {}
  LinksView(std::vector<SpanContext>&&) = delete;
  bool ForEachKeyValue(opentelemetry::nostd::function_ref<bool(opentelemetry::trace::SpanContext,
                                                               const opentelemetry::common::KeyValueIterable&)>
                           callback) const noexcept override;
  std::size_t size() const noexcept override { return links_.size(); }

 private:
  const std::vector<SpanContext>& links_;
};

/// What a Context holds.
struct Context::Access {
  using Held = opentelemetry::context::Context;
  static_assert(sizeof(Held) <= kSize && alignof(Held) <= 8);
  static Held& Of(Context& context) noexcept { return *std::launder(reinterpret_cast<Held*>(context.storage_)); }
  static const Held& Of(const Context& context) noexcept {
    return *std::launder(reinterpret_cast<const Held*>(context.storage_));
  }
};

}  // namespace guildscope::tracing
