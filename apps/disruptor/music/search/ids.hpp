#pragma once

#include <cstddef>
#include <string_view>

namespace disruptor::music {

inline constexpr std::string_view kLettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
inline constexpr std::string_view kYouTubeSymbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

[[nodiscard]] inline bool IsMadeOf(std::string_view text, std::string_view accepted) noexcept {
  return text.find_first_not_of(accepted) == std::string_view::npos;
}

/// What these services' ids look like. Whatever comes from outside and becomes a part of a URL is held against it.
[[nodiscard]] inline bool IsYouTubeVideoId(std::string_view id) noexcept {
  return id.size() == 11 && IsMadeOf(id, kYouTubeSymbols);
}
[[nodiscard]] inline bool IsYouTubePlaylistId(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 64 && IsMadeOf(id, kYouTubeSymbols);
}
[[nodiscard]] inline bool IsSpotifyId(std::string_view id) noexcept {
  return id.size() == 22 && IsMadeOf(id, kLettersAndDigits);
}

}  // namespace disruptor::music
