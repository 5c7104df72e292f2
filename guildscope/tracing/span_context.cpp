#include "guildscope/tracing/span_context.hpp"

#include <algorithm>

namespace guildscope::tracing {
namespace {

template <std::size_t N>
std::string ToHex(const std::array<std::uint8_t, N>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(2 * N, '0');
  for (std::size_t i = 0; i < N; ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 0xf];
  }
  return text;
}

/// Lower case alone, as W3C Trace Context asks; -1 for everything else.
int HexDigit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

template <std::size_t N>
bool FromHex(std::string_view text, std::array<std::uint8_t, N>& bytes) noexcept {
  for (std::size_t i = 0; i < N; ++i) {
    const int high = HexDigit(text[2 * i]);
    const int low = HexDigit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

}  // namespace

std::string SpanContext::TraceIdHex() const { return ToHex(trace_id); }

std::string SpanContext::SpanIdHex() const { return ToHex(span_id); }

std::string SpanContext::ToTraceparent() const {
  if (!valid()) return {};
  return "00-" + TraceIdHex() + "-" + SpanIdHex() + (sampled ? "-01" : "-00");
}

// https://www.w3.org/TR/trace-context/#traceparent-header: a later version may append fields behind another dash.
std::optional<SpanContext> SpanContext::FromTraceparent(std::string_view text) noexcept {
  constexpr std::size_t kLength = 55;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  SpanContext context;
  if (!FromHex(text, version) || !FromHex(text.substr(3), context.trace_id) ||
      !FromHex(text.substr(36), context.span_id) || !FromHex(text.substr(53), flags)) {
    return std::nullopt;
  }
  if (version[0] == 0xff || (version[0] == 0 && text.size() != kLength)) return std::nullopt;
  if (text.size() > kLength && text[kLength] != '-') return std::nullopt;
  if (!context.valid()) return std::nullopt;
  context.sampled = (flags[0] & 1) != 0;
  return context;
}

}  // namespace guildscope::tracing
