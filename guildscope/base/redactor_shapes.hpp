#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

/// What a Redactor replaces in a text whoever's it is. Told here once, for those who look and for those who replace.
namespace guildscope::redactor_shapes {

inline constexpr std::string_view kMask = "***";

/// Where each shape is looked for. Letters of the header's name may be capitals.
inline constexpr std::string_view kAuthorization = "authorization";
inline constexpr std::string_view kUrl = "://";
inline constexpr std::string_view kInteractions = "/interactions/";
inline constexpr std::string_view kWebhooks = "/webhooks/";

struct Part {
  std::size_t begin = 0;
  std::size_t size = 0;
};

/// The part of `text` that goes, given where the shape's own characters lie in it. Nothing when there is none, or when
/// it is a mask already: characters that are all `*`, so that nobody works again on what was cleaned.
///
/// What follows a text may change how far the part goes, never whether there is one: so a message is found that has the
/// text in it.
///
/// Cost: the characters that are looked at. Threads: any.
///@{
/// `Authorization: Bot abc` and `"authorization": "Bearer abc"`: the rest of the header's line or string.
[[nodiscard]] std::optional<Part> AuthorizationValue(std::string_view text, std::size_t at) noexcept;
/// `scheme://user:password@host`: the password; the rest says where it failed.
[[nodiscard]] std::optional<Part> UrlPassword(std::string_view text, std::size_t at) noexcept;
/// `/interactions/{id}/{token}` and `/webhooks/{id}/{token}`: whoever has the token may answer in the bot's name.
[[nodiscard]] std::optional<Part> RouteToken(std::string_view text, std::size_t at, std::string_view route) noexcept;
///@}

/// Whether `lower` (small letters) lies in `text` at a place, in letters of any size.
[[nodiscard]] bool LiesAtInAnyCase(std::string_view text, std::size_t at, std::string_view lower) noexcept;

}  // namespace guildscope::redactor_shapes
