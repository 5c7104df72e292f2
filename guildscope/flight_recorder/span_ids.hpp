#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace guildscope::flight {

/// The trace and span id of an encoded Span, as encoded; empty when it has none. They are the first two
/// fields, and everybody writes them first.
[[nodiscard]] inline std::string_view SpanIds(std::string_view span) noexcept {
  constexpr std::size_t kTraceId = 16;
  constexpr std::size_t kSpanId = 8;
  constexpr std::size_t kBoth = 2 + kTraceId + 2 + kSpanId;
  if (span.size() < kBoth || !span.starts_with("\x0a\x10")) return {};
  if (span.substr(2 + kTraceId, 2) != "\x12\x08") return {};
  return span.substr(0, kBoth);
}

/// The span id as a number; 0 for none.
[[nodiscard]] inline std::uint64_t SpanKey(std::string_view span) noexcept {
  const std::string_view ids = SpanIds(span);
  std::uint64_t key = 0;
  if (!ids.empty()) std::memcpy(&key, ids.data() + ids.size() - sizeof key, sizeof key);
  return key;
}

}  // namespace guildscope::flight
