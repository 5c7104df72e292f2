#include "guildscope/base/tick_clock.hpp"

#include <gtest/gtest.h>

namespace guildscope::ticks {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;

/// A counter of 2.5 ticks a nanosecond, and clocks that were not set together.
Reading At(std::int64_t nanoseconds, std::uint64_t within = 100) {
  return {.ticks = 77'000 + static_cast<std::uint64_t>(nanoseconds) * 5 / 2,
          .within = within,
          .steady = 1'000 + nanoseconds,
          .wall = 5'000'000 + nanoseconds};
}

std::int64_t Off(const Anchor& anchor, const Reading& reading) {
  std::int64_t steady = 0;
  EXPECT_TRUE(anchor.SteadyAt(reading.ticks, steady));
  return steady - reading.steady;
}

bool Answers(const Anchor& anchor, std::uint64_t ticks) {
  std::int64_t steady = 0;
  return anchor.SteadyAt(ticks, steady);
}

TEST(TickRate, IsKnownAfterTenMilliseconds) {
  Rate rate;
  rate.Learn(At(0));
  rate.Learn(At(9 * kMillisecond));
  EXPECT_EQ(rate.get(), 0);
  EXPECT_FALSE(Answers(Anchor(At(0), rate.get()), At(0).ticks));
  rate.Learn(At(10 * kMillisecond));
  EXPECT_NEAR(static_cast<double>(rate.get()), 0.4 * 4'294'967'296.0, 100);
}

TEST(TickRate, WaitsForReadingsThatAreFarEnoughApartForItsPrecision) {
  Rate rate;
  rate.Learn(At(0, 25'000));  // 10 us
  rate.Learn(At(10 * kMillisecond, 25'000));
  EXPECT_EQ(rate.get(), 0);
  rate.Learn(At(200 * kMillisecond, 25'000));
  EXPECT_NE(rate.get(), 0);
}

TEST(TickRate, FollowsAClockThatIsBeingCorrected) {
  Rate rate;
  rate.Learn(At(0));
  rate.Learn(At(kSecond));
  Reading corrected = At(2 * kSecond);
  corrected.steady += kSecond / 2'000;  // as fast as adjtimex lets it run
  rate.Learn(corrected);
  EXPECT_NEAR(static_cast<double>(rate.get()), 0.4 * 1.0005 * 4'294'967'296.0, 1'000);
}

TEST(TickRate, ForgetsACounterThatWasSet) {
  for (const std::int64_t jump : {kSecond, -kSecond / 2, -3 * kSecond}) {
    Rate rate;
    rate.Learn(At(0));
    rate.Learn(At(kSecond));
    Reading after = At(2 * kSecond);
    after.ticks += static_cast<std::uint64_t>(jump);
    rate.Learn(after);
    EXPECT_EQ(rate.get(), 0) << jump;
    after.ticks += 25 * kMillisecond;
    after.steady += 10 * kMillisecond;
    rate.Learn(after);
    EXPECT_NE(rate.get(), 0) << jump;
  }
}

TEST(TickAnchor, ReckonsUntilItIsTooOld) {
  Rate rate;
  rate.Learn(At(0));
  rate.Learn(At(kSecond));
  const Reading now = At(3 * kSecond);
  const Anchor anchor(now, rate.get());
  EXPECT_EQ(anchor.wall_ahead(), now.wall - now.steady);
  for (const std::int64_t later : {std::int64_t{0}, kMillisecond, 9 * kMillisecond}) {
    EXPECT_LE(std::abs(Off(anchor, At(3 * kSecond + later))), 2) << later;
  }
  EXPECT_FALSE(Answers(anchor, At(3 * kSecond + 11 * kMillisecond).ticks));
}

TEST(TickAnchor, NeverReckonsFartherThanItIsGoodForWhateverTheCounterDoes) {
  Rate rate;
  rate.Learn(At(0));
  rate.Learn(At(kSecond));
  const Reading now = At(3 * kSecond);
  const Anchor anchor(now, rate.get());
  EXPECT_FALSE(Answers(anchor, now.ticks - 1));
  EXPECT_FALSE(Answers(anchor, 0));
  EXPECT_FALSE(Answers(anchor, UINT64_MAX));
  std::int64_t steady = 0;
  for (std::uint64_t ahead = 1; ahead != 0; ahead <<= 1) {
    if (!anchor.SteadyAt(now.ticks + ahead, steady)) continue;
    EXPECT_GE(steady, now.steady);
    EXPECT_LE(steady, now.steady + kGoodFor);
  }
}

TEST(TickAnchor, WithoutARateAnswersNothing) {
  EXPECT_FALSE(Answers(Anchor(), 0));
  EXPECT_FALSE(Answers(Anchor(At(0), 0), At(0).ticks));
}

}  // namespace
}  // namespace guildscope::ticks
