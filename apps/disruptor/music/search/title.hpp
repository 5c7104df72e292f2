#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace disruptor::music {

/// A text from elsewhere as people may see it: HTML entities decoded (YouTube's search has them), one line of one space
/// between words, without control characters, without what turns the direction of writing, at most `characters` long
/// (the last one is then `…`). Valid UTF-8, whatever came.
[[nodiscard]] std::string CleanTitle(std::string_view text, std::size_t characters = 200);

/// ISO 8601, as YouTube writes it: `PT3M33S`, `P1DT2H`. Nothing for another text, years and months (which have no
/// length), and more than ten years.
[[nodiscard]] std::optional<std::chrono::seconds> ParseIsoDuration(std::string_view text) noexcept;

}  // namespace disruptor::music
