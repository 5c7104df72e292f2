#include "guildscope/metrics/label_value.hpp"

#include <cstdint>
#include <cstring>

namespace guildscope::metrics {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Step {
  std::size_t bytes;
  bool valid;
};

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

// The next character, or the bytes that one U+FFFD stands for. `rest` is not empty.
Step Next(std::string_view rest) noexcept {
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

std::size_t LeadingAscii(std::string_view value) noexcept {
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= value.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t chunk;
    std::memcpy(&chunk, value.data() + at, sizeof chunk);
    if ((chunk & 0x8080808080808080ULL) != 0) break;
  }
  while (at < value.size() && static_cast<unsigned char>(value[at]) < 0x80) ++at;
  return at;
}

}  // namespace

bool IsCleanLabelValue(std::string_view value) noexcept {
  if (value.size() > kMaxLabelValueBytes) return false;
  std::size_t at = LeadingAscii(value);
  while (at < value.size()) {
    const Step step = Next(value.substr(at));
    if (!step.valid) return false;
    at += step.bytes;
  }
  return true;
}

CleanedLabelValue CleanLabelValue(std::string_view value) {
  CleanedLabelValue cleaned;
  for (std::size_t at = 0; at < value.size();) {
    const Step step = Next(value.substr(at));
    const std::string_view character = step.valid ? value.substr(at, step.bytes) : kReplacement;
    if (cleaned.value.size() + character.size() > kMaxLabelValueBytes) {
      cleaned.was_too_long = true;
      break;
    }
    cleaned.had_invalid_utf8 |= !step.valid;
    cleaned.value += character;
    at += step.bytes;
  }
  return cleaned;
}

}  // namespace guildscope::metrics
