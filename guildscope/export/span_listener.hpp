#pragma once

#include <string_view>

#include "guildscope/export/wire_scope.hpp"

namespace guildscope::exporting {

/// Sees every recorded span on the thread that starts or ends it: what a crash leaves behind can be kept this way.
/// Given to the provider (`SpanSink::listener`); without one, spans pay a comparison with null.
///
/// Must not start or end spans. Threads: many at once. Lifetime: as long as the last span of its provider, which the
/// shared pointer sees to; the arguments only during the call.
class SpanListener {
 public:
  SpanListener() = default;
  SpanListener(const SpanListener&) = delete;
  SpanListener& operator=(const SpanListener&) = delete;
  virtual ~SpanListener() = default;

  /// `span` is an opentelemetry.proto.trace.v1.Span as it begins, its attributes and links of the start included, with
  /// an end that is its start; for the rest as in SpanEnded.
  virtual void SpanStarted(std::string_view span, const WireScope& scope) noexcept = 0;

  /// `span` is a finished opentelemetry.proto.trace.v1.Span, before secrets and what is no UTF-8 were replaced in it:
  /// it must pass a WireCleaner (or Redactor::NeedsRedaction) before it is written anywhere. Spans that a filter drops
  /// come here too, and those that a full queue will not take.
  virtual void SpanEnded(std::string_view span, const WireScope& scope) noexcept = 0;
};

}  // namespace guildscope::exporting
