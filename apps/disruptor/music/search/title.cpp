#include "apps/disruptor/music/search/title.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "guildscope/base/utf8.hpp"

namespace disruptor::music {
namespace {

using guildscope::NextUtf8;

void Append(std::string& text, char32_t c) {
  const auto byte = [&text](char32_t value) { text += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6);
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

/// Of one valid character.
char32_t CodePoint(std::string_view character) noexcept {
  const auto byte = [character](std::size_t i) { return static_cast<std::uint8_t>(character[i]); };
  char32_t value = byte(0);
  if (character.size() > 1) value &= 0x7FU >> character.size();
  for (std::size_t i = 1; i < character.size(); ++i) value = value << 6 | (byte(i) & 0x3F);
  return value;
}

/// The character that `name` (between `&` and `;`) stands for; 0 when it is none.
char32_t Entity(std::string_view name) noexcept {
  constexpr std::array<std::pair<std::string_view, char32_t>, 6> kNamed{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}}};
  for (const auto& [known, value] : kNamed) {
    if (name == known) return value;
  }
  if (name.size() < 2 || name[0] != '#') return 0;
  name.remove_prefix(1);
  const bool is_hex = name[0] == 'x' || name[0] == 'X';
  if (is_hex) name.remove_prefix(1);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value, is_hex ? 16 : 10);
  const bool is_character = value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
  return error == std::errc() && end == name.data() + name.size() && is_character ? value : 0;
}

std::string DecodeEntities(std::string_view text) {
  constexpr std::size_t kLongest = 10;
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text[i] == '&' ? text.substr(i, kLongest).find(';') : std::string_view::npos;
    const char32_t character = end == std::string_view::npos ? 0 : Entity(text.substr(i + 1, end - 1));
    if (character == 0) {
      decoded += text[i];
    } else {
      Append(decoded, character);
      i += end;
    }
  }
  return decoded;
}

bool IsSpace(char32_t c) noexcept {
  return (c >= 0x09 && c <= 0x0D) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x2028 || c == 0x2029 || c == 0x3000;
}

/// Controls, and what shows nothing but changes how the rest shows. The joiners (U+200C, U+200D) stay: emoji and some
/// scripts need them.
bool IsHidden(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x200B || c == 0x200E || c == 0x200F ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

}  // namespace

std::string CleanTitle(std::string_view text, std::size_t characters) {
  // More than anybody reads; what is behind it costs nothing.
  const std::string decoded = DecodeEntities(text.substr(0, 64 * 1024));
  std::string clean;
  std::size_t count = 0;
  bool space = false;
  for (std::string_view rest = decoded; !rest.empty();) {
    const auto step = NextUtf8(rest);
    const std::string_view character = step.valid ? rest.substr(0, step.bytes) : guildscope::kUtf8Replacement;
    rest.remove_prefix(step.bytes);
    const char32_t code = CodePoint(character);
    if (IsSpace(code)) {
      space = !clean.empty();
      continue;
    }
    if (IsHidden(code)) continue;
    if (count + (space ? 2 : 1) > characters) {
      clean.resize(guildscope::Utf8Prefix(clean, characters == 0 ? 0 : characters - 1).size());
      return characters == 0 ? "" : clean + "…";
    }
    if (space) clean += ' ';
    count += space ? 2 : 1;
    space = false;
    clean += character;
  }
  return clean;
}

std::optional<std::chrono::seconds> ParseIsoDuration(std::string_view text) noexcept {
  constexpr std::int64_t kLongest = 10LL * 366 * 86'400;
  if (!text.starts_with('P') || text.size() < 3) return std::nullopt;
  text.remove_prefix(1);
  constexpr std::array<std::pair<char, std::int64_t>, 2> kDateUnits{{{'W', 7 * 86'400}, {'D', 86'400}}};
  constexpr std::array<std::pair<char, std::int64_t>, 3> kTimeUnits{{{'H', 3'600}, {'M', 60}, {'S', 1}}};
  std::int64_t total = 0;
  bool in_time = false;
  std::size_t next_unit = 0;  // units come in their order, each once
  while (!text.empty()) {
    if (!in_time && text.front() == 'T') {
      in_time = true;
      next_unit = 0;
      text.remove_prefix(1);
      if (text.empty()) return std::nullopt;
      continue;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data() + text.size() || number < 0 || number > kLongest)
      return std::nullopt;
    const char unit = *end;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    const auto* const units = in_time ? kTimeUnits.data() : kDateUnits.data();
    const std::size_t count = in_time ? kTimeUnits.size() : kDateUnits.size();
    while (next_unit < count && units[next_unit].first != unit) ++next_unit;
    if (next_unit == count) return std::nullopt;
    total += number * units[next_unit++].second;
    if (total > kLongest) return std::nullopt;
  }
  return std::chrono::seconds(total);
}

}  // namespace disruptor::music
