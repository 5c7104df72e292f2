#pragma once

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Numbers as Prometheus' text formats have them, written into memory that is large enough. Each returns its end.
namespace guildscope::metrics {

inline constexpr std::size_t kLongestNumber = 32;
inline constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

inline char* PutText(char* to, std::string_view text) noexcept {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

template <typename Integer>
char* PutInteger(char* to, Integer value) noexcept {
  return std::to_chars(to, to + kLongestNumber, value).ptr;
}

/// The shortest text that reads back the same.
inline char* PutNumber(char* to, double value) noexcept {
  if (std::isnan(value)) return PutText(to, "NaN");
  if (std::isinf(value)) return PutText(to, value > 0 ? "+Inf" : "-Inf");
  if (std::abs(value) < kExactIntegers && value == std::trunc(value)) {
    return PutInteger(to, static_cast<std::int64_t>(value));
  }
  return std::to_chars(to, to + kLongestNumber, value).ptr;
}

/// Seconds since 1970 with three decimals. A time before that is 1970.
inline char* PutSeconds(char* to, std::chrono::system_clock::time_point time) noexcept {
  const auto all = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::int64_t total = all < 0 ? 0 : all;
  to = PutInteger(to, total / 1000);
  *to++ = '.';
  const auto milliseconds = static_cast<int>(total % 1000);
  for (int unit = 100; unit > 0; unit /= 10) *to++ = static_cast<char>('0' + milliseconds / unit % 10);
  return to;
}

}  // namespace guildscope::metrics
