#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/media_standin/catalogue.hpp"
#include "guildscope/http/message.hpp"

namespace media_standin {

/// Whose shape an error has.
enum class Service { kYouTube, kSpotify, kMedia };

[[nodiscard]] guildscope::http::Response Answer(const Json& json, unsigned status = 200);

/// An error of YouTube's: `reason` is what clients look at.
[[nodiscard]] guildscope::http::Response YouTubeError(unsigned status, const std::string& reason,
                                                      const std::string& message);
[[nodiscard]] guildscope::http::Response SpotifyError(unsigned status, const std::string& message);

/// What a service says with a status, when a fault wants it to.
[[nodiscard]] guildscope::http::Response ErrorOf(Service service, unsigned status);
[[nodiscard]] guildscope::http::Response QuotaErrorOf(Service service);

/// A parameter; `fallback` when it is missing.
[[nodiscard]] std::string Parameter(const guildscope::http::Request& request, std::string_view name,
                                    std::string fallback = "");

/// A whole number; nothing when it is something else or out of the range.
[[nodiscard]] std::optional<std::size_t> ParseNumber(const std::string& text, std::size_t lowest, std::size_t highest);

}  // namespace media_standin
