#pragma once

#include <chrono>
#include <string>

namespace media_standin {

/// A tone as a WAV file: 48 kHz, 16 bit, one channel; 96,000 bytes a second and 44 of header.
///
/// Cost: about a millisecond for each second of audio.
[[nodiscard]] std::string MakeWav(std::chrono::seconds length, int hertz);

}  // namespace media_standin
