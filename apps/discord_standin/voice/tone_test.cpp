#include "apps/discord_standin/voice/tone.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace standin {
namespace {

constexpr double kRate = 48'000;

std::vector<float> Sine(double frequency, double seconds, double amplitude = 0.5) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * kRate));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * frequency * static_cast<double>(i) / kRate;
    samples[i] = static_cast<float>(amplitude * std::sin(phase));
  }
  return samples;
}

TEST(MeasureTone, FindsFrequencyAndLevelOfASine) {
  for (const double frequency : {50.0, 261.626, 440.0, 442.9, 1'000.0, 8'000.0, 19'000.0}) {
    const Tone tone = MeasureTone(Sine(frequency, 1), kRate);
    EXPECT_NEAR(tone.frequency, frequency, 0.5);
    EXPECT_NEAR(tone.rms, 0.5 / std::sqrt(2.0), 0.005) << frequency;
    EXPECT_GT(tone.purity, 0.999) << frequency;
  }
}

TEST(MeasureTone, WorksOnPiecesShorterThanABlock) { EXPECT_NEAR(MeasureTone(Sine(440, 0.1), kRate).frequency, 440, 3); }

TEST(MeasureTone, NamesTheStrongerOfTwo) {
  std::vector<float> samples = Sine(440, 1, 0.3);
  const std::vector<float> other = Sine(2'000, 1, 0.2);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += other[i];
  const Tone tone = MeasureTone(samples, kRate);
  EXPECT_NEAR(tone.frequency, 440, 0.5);
  EXPECT_NEAR(tone.purity, 0.09 / 0.13, 0.01);
}

TEST(MeasureTone, TellsNoiseFromATone) {
  std::mt19937 engine(1);
  std::vector<float> noise(48'000);
  for (float& sample : noise) sample = static_cast<float>(engine()) / 4'294'967'296.0F - 0.5F;
  EXPECT_LT(MeasureTone(noise, kRate).purity, 0.05);
}

TEST(MeasureTone, HearsNothingInSilence) {
  EXPECT_EQ(MeasureTone({}, kRate).frequency, 0);
  const std::vector<float> silence(48'000, 0.0F);
  EXPECT_EQ(MeasureTone(silence, kRate).frequency, 0);
  EXPECT_EQ(MeasureTone(silence, kRate).rms, 0);
}

}  // namespace
}  // namespace standin
