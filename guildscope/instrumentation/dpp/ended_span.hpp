#pragma once

#include <opentelemetry/sdk/trace/span_data.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope::dpp {

/// A span that ended, in the terms of the tests.
struct EndedSpan {
  std::string name;
  opentelemetry::trace::SpanKind kind;
  std::string trace_id;
  std::string span_id;
  std::string parent_id;  ///< Sixteen zeros for a root.
  bool error;
  std::map<std::string, std::string> attributes;  ///< Numbers as text.
  std::vector<std::string> events;
};

template <typename Bytes>
std::string Hex(const Bytes& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

/// As the SDK's in-memory exporter keeps it.
inline EndedSpan Translate(const opentelemetry::sdk::trace::SpanData& span) {
  EndedSpan ended{.name = std::string(span.GetName()),
                  .kind = span.GetSpanKind(),
                  .trace_id = Hex(span.GetTraceId().Id()),
                  .span_id = Hex(span.GetSpanId().Id()),
                  .parent_id = Hex(span.GetParentSpanId().Id()),
                  .error = span.GetStatus() == opentelemetry::trace::StatusCode::kError,
                  .attributes = {},
                  .events = {}};
  for (const auto& [key, value] : span.GetAttributes()) {
    if (const auto* text = opentelemetry::nostd::get_if<std::string>(&value)) ended.attributes[key] = *text;
    if (const auto* number = opentelemetry::nostd::get_if<std::int64_t>(&value)) {
      ended.attributes[key] = std::to_string(*number);
    }
  }
  for (const auto& event : span.GetEvents()) ended.events.push_back(event.GetName());
  return ended;
}

}  // namespace guildscope::dpp
