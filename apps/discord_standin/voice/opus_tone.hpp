#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <vector>

#include <opus/opus.h>

namespace standin {

using OpusPacket = std::vector<std::uint8_t>;

inline constexpr int kToneSampleRate = 48'000;
inline constexpr int kToneFrame = 960;  ///< Samples in 20 ms.

/// For tests: a sine as stereo Opus in frames of 20 ms.
[[nodiscard]] inline std::vector<OpusPacket> OpusTone(double frequency, std::size_t frames, double amplitude = 0.25) {
  constexpr std::size_t kLongestPacket = 1'275;
  const std::unique_ptr<OpusEncoder, decltype(&opus_encoder_destroy)> encoder(
      opus_encoder_create(kToneSampleRate, 2, OPUS_APPLICATION_AUDIO, nullptr), opus_encoder_destroy);
  if (!encoder) throw std::runtime_error("no Opus encoder");
  std::vector<OpusPacket> packets;
  std::vector<float> samples(std::size_t{kToneFrame} * 2);
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < frames; ++i) {
    for (std::size_t at = 0; at < samples.size(); at += 2) {
      const double seconds = static_cast<double>(time++) / kToneSampleRate;
      const double value = amplitude * std::sin(2 * std::numbers::pi * frequency * seconds);
      samples[at] = samples[at + 1] = static_cast<float>(value);
    }
    OpusPacket packet(kLongestPacket);
    const int size = opus_encode_float(encoder.get(), samples.data(), kToneFrame, packet.data(), kLongestPacket);
    if (size < 0) throw std::runtime_error("Opus cannot encode");
    packet.resize(static_cast<std::size_t>(size));
    packets.push_back(std::move(packet));
  }
  return packets;
}

}  // namespace standin
