#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/tracing/span.hpp"
#include "guildscope/tracing/span_context.hpp"

namespace guildscope::testing {

/// A span as it would be exported. Attributes are text: `true`, `3`, `0.5`.
struct RecordedSpan {
  std::string name;
  tracing::SpanKind kind = tracing::SpanKind::kInternal;
  tracing::SpanContext context;
  std::array<std::uint8_t, 8> parent_span_id{};  ///< All zero: a root.
  std::map<std::string, std::string> attributes;
  std::vector<tracing::SpanContext> links;
  bool is_error = false;
  std::string description;  ///< Of the error status.

  /// The attribute's text; `absent` when the span has none of this key.
  [[nodiscard]] std::string operator[](std::string_view key) const;
};

/// Keeps every span that ends in this process while it lives: a tracer provider of OpenTelemetry's SDK that is
/// installed as the global one. For tests of what is traced, without an exporter.
///
/// Threads: spans may end on any; one test at a time. Lifetime: afterwards there is no tracer provider.
class RecordedSpans {
 public:
  RecordedSpans();
  ~RecordedSpans();
  RecordedSpans(const RecordedSpans&) = delete;
  RecordedSpans& operator=(const RecordedSpans&) = delete;

  /// The spans that ended since the last call, in that order.
  [[nodiscard]] std::vector<RecordedSpan> Take();

  /// The only one that ended since the last call. Throws std::runtime_error, with the names, when it is not one.
  [[nodiscard]] RecordedSpan TakeOnly();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::testing
