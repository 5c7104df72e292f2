#include "guildscope/profiling/cpu_meter.hpp"

#include <gtest/gtest.h>

namespace guildscope::profiling {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::steady_clock::time_point kStart{24h};

TEST(CpuMeter, IsAPartOfWhatAllProcessorsHad) {
  CpuMeter meter(4);
  EXPECT_FALSE(meter.Update(kStart, 1s, 1s));
  const auto used = meter.Update(kStart + 2s, 3s, 2s);
  ASSERT_TRUE(used);
  EXPECT_DOUBLE_EQ(used->user, 0.25);
  EXPECT_DOUBLE_EQ(used->system, 0.125);
}

TEST(CpuMeter, IsTheMeanOfTenSecondsHoweverOftenOneAsks) {
  CpuMeter meter(1);
  meter.Update(kStart, 0s, 0s);
  // Busy for ten seconds, then idle.
  for (int i = 1; i <= 10; ++i) meter.Update(kStart + i * 1s, i * 1s, 0s);
  EXPECT_DOUBLE_EQ(meter.Update(kStart + 15s, 10s, 0s)->user, 0.5);
  EXPECT_DOUBLE_EQ(meter.Update(kStart + 20s, 10s, 0s)->user, 0);
}

TEST(CpuMeter, GoesBackToTheMeasurementBeforeWhenThatIsLongerAgo) {
  CpuMeter meter(1);
  meter.Update(kStart, 0s, 0s);
  meter.Update(kStart + 60s, 30s, 0s);
  EXPECT_DOUBLE_EQ(meter.Update(kStart + 120s, 45s, 0s)->user, 0.25);
}

TEST(CpuMeter, SaysNothingWhenNoTimeHasPassed) {
  CpuMeter meter(1);
  meter.Update(kStart, 0s, 0s);
  EXPECT_FALSE(meter.Update(kStart, 1s, 0s));
}

}  // namespace
}  // namespace guildscope::profiling
