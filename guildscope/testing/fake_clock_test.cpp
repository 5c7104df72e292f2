#include "guildscope/testing/fake_clock.hpp"

#include <gtest/gtest.h>

namespace guildscope::testing {
namespace {

using std::chrono::system_clock;
using namespace std::chrono_literals;

TEST(FakeClock, StandsStillUntilItIsAdvanced) {
  FakeClock clock;
  const auto steady = clock.SteadyNow();
  const auto wall = clock.Now();
  EXPECT_EQ(clock.SteadyNow(), steady);
  clock.Advance(90s);
  EXPECT_EQ(clock.SteadyNow() - steady, 90s);
  EXPECT_EQ(clock.Now() - wall, 90s);
}

TEST(FakeClock, StartsAtADateThatTestsCanWriteDown) {
  const FakeClock clock;
  EXPECT_EQ(system_clock::to_time_t(clock.Now()), 1704067200);
}

}  // namespace
}  // namespace guildscope::testing
