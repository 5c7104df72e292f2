#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace guildscope {

/// U+FFFD, which stands for bytes that are no UTF-8.
inline constexpr std::string_view kUtf8Replacement = "\xEF\xBF\xBD";

/// One character, or the bytes that one U+FFFD stands for (the "maximal subpart" practice of Unicode 15, section 3.9).
struct Utf8Step {
  std::size_t bytes;
  bool valid;
};

/// The first step of a text that is not empty.
[[nodiscard]] Utf8Step NextUtf8(std::string_view text) noexcept;

[[nodiscard]] bool IsUtf8(std::string_view text) noexcept;

/// The text with each run of bytes that is no UTF-8 replaced by one U+FFFD.
[[nodiscard]] std::string ToUtf8(std::string_view text);

/// The first `characters` characters (code points) of a text.
[[nodiscard]] std::string_view Utf8Prefix(std::string_view text, std::size_t characters) noexcept;

}  // namespace guildscope
