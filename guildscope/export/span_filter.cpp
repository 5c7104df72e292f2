#include "guildscope/export/span_filter.hpp"

#include <algorithm>

namespace guildscope::exporting {

// On a mismatch the last star takes one character more; earlier stars need no second look. So the time is at most the
// product of the lengths, whatever the pattern.
bool MatchesGlob(std::string_view pattern, std::string_view text) noexcept {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      after_star = at;
    } else if (in < pattern.size() && pattern[in] == text[at]) {
      ++in;
      ++at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in) == std::string_view::npos;
}

bool SpanFilter::Matches(std::string_view name) const noexcept {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [name](const std::string& pattern) { return MatchesGlob(pattern, name); });
}

}  // namespace guildscope::exporting
