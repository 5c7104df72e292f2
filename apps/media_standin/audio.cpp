#include "apps/media_standin/audio.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace media_standin {
namespace {

constexpr std::uint32_t kRate = 48'000;
constexpr std::uint16_t kBytesASample = 2;

template <typename T>
void AppendLittleEndian(std::string& bytes, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

}  // namespace

std::string MakeWav(std::chrono::seconds length, int hertz) {
  const auto samples = static_cast<std::uint32_t>(length.count()) * kRate;
  const std::uint32_t data_bytes = samples * kBytesASample;
  std::string wav;
  wav.reserve(44 + data_bytes);
  wav += "RIFF";
  AppendLittleEndian<std::uint32_t>(wav, 36 + data_bytes);
  wav += "WAVEfmt ";
  AppendLittleEndian<std::uint32_t>(wav, 16);
  AppendLittleEndian<std::uint16_t>(wav, 1);  // PCM
  AppendLittleEndian<std::uint16_t>(wav, 1);  // channels
  AppendLittleEndian<std::uint32_t>(wav, kRate);
  AppendLittleEndian<std::uint32_t>(wav, kRate * kBytesASample);
  AppendLittleEndian<std::uint16_t>(wav, kBytesASample);
  AppendLittleEndian<std::uint16_t>(wav, 8 * kBytesASample);
  wav += "data";
  AppendLittleEndian<std::uint32_t>(wav, data_bytes);
  const double step = 2 * std::numbers::pi * hertz / kRate;
  constexpr double kLoudness = 0.3 * 32'767;
  constexpr double kFade = kRate / 100.0;  // a hundredth of a second, or it clicks
  for (std::uint32_t i = 0; i < samples; ++i) {
    const double fade = std::min({1.0, i / kFade, (samples - i) / kFade});
    AppendLittleEndian(wav, static_cast<std::int16_t>(std::lround(kLoudness * fade * std::sin(step * i))));
  }
  return wav;
}

}  // namespace media_standin
