#include "apps/discord_standin/voice/tone.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>
#include <vector>

namespace standin {
namespace {

constexpr std::size_t kBlock = 8'192;
constexpr std::size_t kPeakWidth = 4;  ///< Bins on either side that a Hann window spreads a tone over, and some.
constexpr double kLowestHz = 20;
constexpr double kInaudible = 1e-5;

using Spectrum = std::vector<std::complex<double>>;

/// In place, radix 2 (Cooley and Tukey, 1965); the size is a power of two.
void Transform(Spectrum& values) {
  const std::size_t size = values.size();
  for (std::size_t i = 1, j = 0; i < size; ++i) {
    std::size_t bit = size >> 1U;
    for (; (j & bit) != 0; bit >>= 1U) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(values[i], values[j]);
  }
  for (std::size_t half = 1; half < size; half *= 2) {
    const auto turn = std::polar(1.0, -std::numbers::pi / static_cast<double>(half));
    for (std::size_t start = 0; start < size; start += 2 * half) {
      std::complex<double> factor = 1;
      for (std::size_t i = start; i < start + half; ++i) {
        const auto odd = values[i + half] * factor;
        values[i + half] = values[i] - odd;
        values[i] += odd;
        factor *= turn;
      }
    }
  }
}

double HannAt(std::size_t i, std::size_t count) {
  return 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(count));
}

/// The mean power of each bin. A piece shorter than a block is one block, filled up with silence.
std::vector<double> MeanPower(std::span<const float> samples) {
  std::vector<double> power(kBlock / 2, 0);
  std::size_t start = 0;
  do {
    const auto block = samples.subspan(start, std::min(kBlock, samples.size() - start));
    Spectrum spectrum(kBlock);
    for (std::size_t i = 0; i < block.size(); ++i) spectrum[i] = block[i] * HannAt(i, block.size());
    Transform(spectrum);
    for (std::size_t bin = 0; bin < power.size(); ++bin) power[bin] += std::norm(spectrum[bin]);
    start += kBlock;
  } while (start + kBlock <= samples.size());
  return power;
}

/// Where between the bins the peak lies: a parabola through the logarithms of it and its neighbours.
double PeakOffset(const std::vector<double>& power, std::size_t peak) {
  if (peak == 0 || peak + 1 >= power.size()) return 0;
  const double below = std::log(power[peak - 1] + 1e-30);
  const double at = std::log(power[peak] + 1e-30);
  const double above = std::log(power[peak + 1] + 1e-30);
  const double curve = below - 2 * at + above;
  return curve == 0 ? 0 : 0.5 * (below - above) / curve;
}

}  // namespace

Tone MeasureTone(std::span<const float> samples, double sample_rate) {
  Tone tone;
  if (samples.empty()) return tone;
  double squares = 0;
  for (const float sample : samples) squares += static_cast<double>(sample) * sample;
  tone.rms = std::sqrt(squares / static_cast<double>(samples.size()));
  if (tone.rms < kInaudible) return tone;

  const double bin_hz = sample_rate / kBlock;
  const std::vector<double> power = MeanPower(samples);
  const auto lowest = power.begin() + static_cast<std::ptrdiff_t>(std::ceil(kLowestHz / bin_hz));
  const auto peak = static_cast<std::size_t>(std::max_element(lowest, power.end()) - power.begin());
  tone.frequency = (static_cast<double>(peak) + PeakOffset(power, peak)) * bin_hz;
  double near = 0;
  double all = 0;
  for (std::size_t bin = 0; bin < power.size(); ++bin) {
    all += power[bin];
    if (bin + kPeakWidth >= peak && bin <= peak + kPeakWidth) near += power[bin];
  }
  tone.purity = near / all;
  return tone;
}

}  // namespace standin
