#include "guildscope/metrics/label_value.hpp"

#include <cstdint>
#include <cstring>

#include "guildscope/base/utf8.hpp"

namespace guildscope::metrics {
namespace {

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
    const Utf8Step step = NextUtf8(value.substr(at));
    if (!step.valid) return false;
    at += step.bytes;
  }
  return true;
}

CleanedLabelValue CleanLabelValue(std::string_view value) {
  CleanedLabelValue cleaned;
  for (std::size_t at = 0; at < value.size();) {
    const Utf8Step step = NextUtf8(value.substr(at));
    const std::string_view character = step.valid ? value.substr(at, step.bytes) : kUtf8Replacement;
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
