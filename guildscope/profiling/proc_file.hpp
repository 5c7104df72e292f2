#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Files of /proc, which have no size and may go away while they are read.
namespace guildscope::profiling {

/// All of a file; nothing when it cannot be read. Throws nothing but std::bad_alloc.
[[nodiscard]] std::optional<std::string> ReadFile(const std::string& path);

/// The number of the line `key: 123 kB` or `key: 123`, in bytes or as it is; nothing when there is no such line.
[[nodiscard]] std::optional<std::uint64_t> FindNumber(std::string_view text, std::string_view key);

/// Decimal, or hexadecimal with base 16; nothing when the text is no number as a whole.
[[nodiscard]] std::optional<std::uint64_t> ParseNumber(std::string_view text, int base = 10);

/// Cuts the next word off the front of `text`, and the blanks before it; empty at the end.
std::string_view NextWord(std::string_view& text);

/// Cuts the next line off the front of `text`, without its end.
std::string_view NextLine(std::string_view& text);

}  // namespace guildscope::profiling
