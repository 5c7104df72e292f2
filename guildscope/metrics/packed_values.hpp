#pragma once

#include <cstring>
#include <span>
#include <string_view>

#include "guildscope/metrics/series.hpp"

namespace guildscope::metrics {

/// Parts a SeriesView's label values. Where there are fewer than `values` has room for, the rest is empty.
inline void SplitValues(std::string_view packed, std::span<std::string_view> values) noexcept {
  const char* begin = packed.data();
  const char* const end = begin + packed.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool last = i + 1 == values.size();
    const void* separator =
        last || begin == end ? nullptr : std::memchr(begin, kValueSeparator, static_cast<std::size_t>(end - begin));
    const char* const value_end = separator == nullptr ? end : static_cast<const char*>(separator);
    values[i] = {begin, static_cast<std::size_t>(value_end - begin)};
    begin = separator == nullptr ? end : value_end + 1;
  }
}

}  // namespace guildscope::metrics
