#include "guildscope/retry/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace guildscope::retry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
using TimePoint = Schedule::TimePoint;

constexpr double kAlmostOne = 0.9999999;

TEST(FullJitter, GrowsByTheFactorUpToTheLongestWait) {
  const Policy policy{.first_wait = 100ms, .factor = 3, .longest_wait = 1s};
  std::vector<std::chrono::milliseconds> half;
  for (int retry = 1; retry <= 5; ++retry) half.push_back(FullJitter(policy, retry, 0.5));
  EXPECT_THAT(half, ElementsAre(50ms, 150ms, 450ms, 500ms, 500ms));
}

TEST(FullJitter, IsAnywhereFromNothingToAllOfIt) {
  const Policy policy{.first_wait = 100ms};
  EXPECT_EQ(FullJitter(policy, 1, 0), 0ms);
  EXPECT_EQ(FullJitter(policy, 1, kAlmostOne), 99ms);
  std::minstd_rand random(1);
  std::uniform_real_distribution<double> part;
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) sum += static_cast<double>(FullJitter(policy, 1, part(random)).count());
  EXPECT_NEAR(sum / 10'000, 50, 2);
}

TEST(FullJitter, StaysWithinItsBoundsHoweverManyRetriesThereWere) {
  const Policy policy{.first_wait = 1s, .factor = 10, .longest_wait = 7s};
  EXPECT_EQ(FullJitter(policy, std::numeric_limits<int>::max(), 1), 7s);
  EXPECT_EQ(FullJitter(policy, 0, 1), 1s);
  EXPECT_EQ(FullJitter(policy, 1, 5), 1s);
  EXPECT_EQ(FullJitter(policy, 1, -5), 0s);
}

TEST(Schedule, EndsAfterTheLastAttempt) {
  Schedule schedule({.attempts = 3, .first_wait = 1s}, TimePoint());
  EXPECT_EQ(schedule.Next(TimePoint(), 0.5), 500ms);
  EXPECT_EQ(schedule.Next(TimePoint(), 0.5), 1s);
  EXPECT_EQ(schedule.Next(TimePoint(), 0.5), std::nullopt);
  EXPECT_EQ(schedule.retries(), 2);
}

TEST(Schedule, NeverTriesAgainWithOneAttempt) {
  Schedule schedule(kNever, TimePoint());
  EXPECT_EQ(schedule.Next(TimePoint(), 0), std::nullopt);
}

TEST(Schedule, BeginsNoAttemptPastTheTotalTime) {
  const Policy policy{.attempts = 100, .first_wait = 1s, .factor = 1, .total_time = 10s};
  Schedule schedule(policy, TimePoint());
  EXPECT_EQ(schedule.Next(TimePoint(9s), 1), 1s);
  EXPECT_EQ(schedule.Next(TimePoint(9s + 1ms), 1), std::nullopt);
  EXPECT_EQ(schedule.retries(), 1);
}

TEST(Schedule, WaitsAsLongAsItWasAskedTo) {
  Schedule schedule({.first_wait = 1s, .longest_wait = 1s}, TimePoint());
  EXPECT_EQ(schedule.Next(TimePoint(), 0.5, 5s), 5s) << "also beyond the longest wait of its own";
  EXPECT_EQ(schedule.Next(TimePoint(), 0.5, 100ms), 500ms) << "and not less than its own";
}

TEST(Schedule, DoesNotComeBackEarlierThanItWasAskedTo) {
  Schedule schedule({.longest_asked_wait = 2s}, TimePoint());
  EXPECT_EQ(schedule.Next(TimePoint(), 0.5, 2001ms), std::nullopt);
  EXPECT_EQ(schedule.Next(TimePoint(), 0.5, 2s), 2s);
}

TEST(Policy, IsCheckedAndQuoted) {
  const auto complaint = [](const Policy& policy) -> std::string {
    try {
      Check(policy);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint({}), "");
  EXPECT_EQ(complaint(kNever), "");
  EXPECT_THAT(complaint({.attempts = 0}), HasSubstr("attempts is 0; accepted: 1 and more"));
  EXPECT_THAT(complaint({.factor = 0.5}), HasSubstr("factor is 0.5"));
  EXPECT_THAT(complaint({.factor = std::numeric_limits<double>::quiet_NaN()}), HasSubstr("factor"));
  EXPECT_THAT(complaint({.first_wait = -1ms}), HasSubstr("first_wait is -1 ms"));
  EXPECT_THAT(complaint({.total_time = -1ms}), HasSubstr("total_time"));
}

}  // namespace
}  // namespace guildscope::retry
