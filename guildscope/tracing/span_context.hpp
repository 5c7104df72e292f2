#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guildscope::tracing {

/// The identity of a span as a small value (25 bytes): what travels in a queue or a database row, and what a later span
/// links to. Holds no resources; an invalid one (all zero) is what there is when nothing is being traced.
struct SpanContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  bool sampled = false;

  [[nodiscard]] bool valid() const noexcept {
    const auto trace = std::bit_cast<std::array<std::uint64_t, 2>>(trace_id);
    return (trace[0] | trace[1]) != 0 && std::bit_cast<std::uint64_t>(span_id) != 0;
  }

  /// 32 and 16 lower-case hexadecimal digits.
  [[nodiscard]] std::string TraceIdHex() const;
  [[nodiscard]] std::string SpanIdHex() const;

  /// W3C Trace Context `traceparent`, version 00 (55 characters). Empty when invalid.
  [[nodiscard]] std::string ToTraceparent() const;

  /// Nothing when the text is no valid `traceparent`.
  [[nodiscard]] static std::optional<SpanContext> FromTraceparent(std::string_view text) noexcept;

  bool operator==(const SpanContext&) const = default;
};

}  // namespace guildscope::tracing
