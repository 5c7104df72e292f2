#pragma once

#include <array>
#include <cstdint>

/// Which span a histogram's values are recorded in, so that a bucket leads to a trace. This module knows of spans only
/// what whoever makes them current says here.
namespace guildscope::metrics {

/// Of which values a registry keeps exemplars (OTEL_METRICS_EXEMPLAR_FILTER).
enum class ExemplarFilter : std::uint8_t {
  kTraceBased,  ///< Of those that are recorded inside a sampled span.
  kAlwaysOn,    ///< Of all; without ids outside of a sampled span. Recording costs as much as inside one.
  kAlwaysOff,
};

struct SpanIdentity {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
};

/// This sampled span is the current one of the running thread from here on; null: none is. Cost: a copy of 24 bytes.
void SetCurrentSpan(const SpanIdentity* sampled) noexcept;

/// What this thread records while it lives belongs to this span, whichever context is current: for durations that are
/// known when the span has ended. To be ended in reverse order. Cost: two copies of 24 bytes.
class [[nodiscard]] SpanScope {
 public:
  /// Of a tracing::SpanContext, which this module does not know. One that is not sampled: no exemplars.
  template <typename SpanContext>
  explicit SpanScope(const SpanContext& span) noexcept
      : SpanScope(SpanIdentity{span.trace_id, span.span_id}, span.sampled) {}
  ~SpanScope();
  SpanScope(const SpanScope&) = delete;
  SpanScope& operator=(const SpanScope&) = delete;

 private:
  SpanScope(const SpanIdentity& span, bool sampled) noexcept;
  const SpanIdentity before_;
  const bool was_sampled_;
};

}  // namespace guildscope::metrics
