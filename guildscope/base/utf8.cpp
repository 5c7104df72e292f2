#include "guildscope/base/utf8.hpp"

namespace guildscope {
namespace {

// The bounds of the second byte keep out overlong forms, surrogates and what lies past U+10FFFF (Unicode 15, table
// 3-7).
struct Lead {
  std::size_t length = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
};

Lead Classify(unsigned char byte) noexcept {
  if (byte < 0x80) return {1};
  if (byte >= 0xC2 && byte <= 0xDF) return {2};
  if (byte == 0xE0) return {3, 0xA0};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3};
  if (byte == 0xF0) return {4, 0x90};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  if (byte >= 0xF1 && byte <= 0xF3) return {4};
  return {};
}

}  // namespace

Utf8Step NextUtf8(std::string_view rest) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const Lead lead = Classify(at(0));
  if (lead.length == 0) return {1, false};
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i == rest.size()) return {i, false};
    const unsigned char low = i == 1 ? lead.second_min : 0x80;
    const unsigned char high = i == 1 ? lead.second_max : 0xBF;
    if (at(i) < low || at(i) > high) return {i, false};
  }
  return {lead.length, true};
}

bool IsUtf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const Utf8Step step = NextUtf8(text);
    if (!step.valid) return false;
    text.remove_prefix(step.bytes);
  }
  return true;
}

std::string ToUtf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = NextUtf8(text);
    result += step.valid ? text.substr(0, step.bytes) : kUtf8Replacement;
    text.remove_prefix(step.bytes);
  }
  return result;
}

std::string_view Utf8Prefix(std::string_view text, std::size_t characters) noexcept {
  if (text.size() <= characters) return text;
  std::size_t end = 0;
  for (; characters > 0 && end < text.size(); --characters) end += NextUtf8(text.substr(end)).bytes;
  return text.substr(0, end);
}

}  // namespace guildscope
