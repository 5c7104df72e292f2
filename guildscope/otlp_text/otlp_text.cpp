#include "guildscope/otlp_text/otlp_text.hpp"

#include <array>
#include <charconv>

namespace guildscope::otlp {
namespace {

using opentelemetry::proto::common::v1::AnyValue;

std::string ToText(double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

template <typename Elements, typename Text>
std::string Joined(const Elements& elements, Text text) {
  std::string joined;
  const char* separator = "";
  for (const auto& element : elements) {
    joined += separator;
    joined += text(element);
    separator = ",";
  }
  return joined;
}

}  // namespace

std::string ToText(const AnyValue& value) {
  switch (value.value_case()) {
    case AnyValue::kStringValue:
      return value.string_value();
    case AnyValue::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case AnyValue::kIntValue:
      return std::to_string(value.int_value());
    case AnyValue::kDoubleValue:
      return ToText(value.double_value());
    case AnyValue::kBytesValue:
      return ToHex(value.bytes_value());
    case AnyValue::kArrayValue:
      return Joined(value.array_value().values(), [](const AnyValue& element) { return ToText(element); });
    case AnyValue::kKvlistValue:
      return Joined(value.kvlist_value().values(),
                    [](const auto& entry) { return entry.key() + '=' + ToText(entry.value()); });
    default:
      return "";
  }
}

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 0xf];
  }
  return text;
}

}  // namespace guildscope::otlp
