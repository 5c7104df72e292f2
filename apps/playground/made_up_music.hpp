#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace guildscope::playground {

/// What the media stand-in accepts. No secrets, but long enough to be found where they should not be.
inline constexpr const char* kYouTubeKey = "playground-youtube-key-0123456789";
inline constexpr const char* kSpotifyId = "playground-spotify-client";
inline constexpr const char* kSpotifySecret = "playground-spotify-secret-0123456789";

/// A few short tones, as wav files, in a folder that is made.
void WriteSounds(const std::filesystem::path& folder);

/// The stand-in's `command_options` with things to play that the media stand-in has: words, links, lists, sounds.
[[nodiscard]] nlohmann::json CommandOptions(const nlohmann::json& catalogue);

}  // namespace guildscope::playground
