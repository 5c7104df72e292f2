#pragma once

#include <string>

#include "apps/discord_standin/voice/heard_audio.hpp"

namespace standin {

// What was heard, for tests and for people. All of it decodes or copies the whole window, on the caller's thread.

/// GET /audio/GUILD_ID: the facts, and each segment with the level, frequency and purity of what the window has of it.
/// Cost: about 5 ms a second of sound.
[[nodiscard]] Json DescribeHeard(const Heard& heard);

/// The window as 16 bit stereo at 48 kHz, with the pauses between segments as silence, 5 s at most.
[[nodiscard]] std::string HeardAsWav(const Heard& heard);

/// The window's packets as they came, in an Ogg Opus file (RFC 7845), without pauses.
[[nodiscard]] std::string HeardAsOgg(const Heard& heard);

}  // namespace standin
