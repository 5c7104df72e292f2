#include "apps/disruptor/scheduler/scheduler_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "guildscope/testing/fake_clock.hpp"

namespace disruptor {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Gives the numbers it was told to, then 0.
class ScriptedRandom final : public Random {
 public:
  double Next() override {
    if (numbers.empty()) return 0;
    const double number = numbers.front();
    numbers.pop_front();
    return number;
  }
  std::deque<double> numbers;
};

class SchedulerManagerTest : public ::testing::Test {
 protected:
  guildscope::testing::FakeClock clock_;
  ScriptedRandom random_;
  SchedulerManager manager_{clock_, random_, 10s};
};

TEST_F(SchedulerManagerTest, HoldsOneSchedulerADistinctInterval) {
  manager_.Set(1, {60s, 50});
  manager_.Set(2, {60s, 10});
  manager_.Set(3, {90s, 50});
  EXPECT_EQ(manager_.schedulers(), 2);
  EXPECT_THAT(manager_.guilds(), ::testing::UnorderedElementsAre(1, 2, 3));
}

TEST_F(SchedulerManagerTest, LetsSchedulersGoWithTheirLastGuild) {
  manager_.Set(1, {60s, 50});
  manager_.Set(2, {60s, 50});
  manager_.Set(1, {90s, 50});
  EXPECT_EQ(manager_.schedulers(), 2);
  manager_.Set(2, {90s, 50});
  EXPECT_EQ(manager_.schedulers(), 1);
  manager_.Remove(1);
  manager_.Remove(2);
  manager_.Remove(2);
  EXPECT_EQ(manager_.schedulers(), 0);
  EXPECT_EQ(manager_.NextWake(), std::nullopt);
}

TEST_F(SchedulerManagerTest, TicksOnceAnInterval) {
  manager_.Set(1, {60s, 100});
  EXPECT_THAT(manager_.TakeDue(), IsEmpty());
  EXPECT_EQ(manager_.NextWake(), clock_.SteadyNow() + 60s);
  clock_.Advance(60s);
  const auto ticks = manager_.TakeDue();
  ASSERT_THAT(ticks, SizeIs(1));
  EXPECT_EQ(ticks[0].interval, 60s);
  EXPECT_EQ(ticks[0].considered, 1);
  ASSERT_THAT(ticks[0].joins, SizeIs(1));
  EXPECT_EQ(ticks[0].joins[0].guild, 1);
  EXPECT_THAT(manager_.TakeDue(), IsEmpty());
  EXPECT_EQ(manager_.NextTick(1), clock_.SteadyNow() + 60s);
}

TEST_F(SchedulerManagerTest, JoinsWhoseRollPassesTheChance) {
  manager_.Set(1, {60s, 50});
  manager_.Set(2, {60s, 50});
  manager_.Set(3, {60s, 0});
  manager_.Set(4, {60s, 100});
  clock_.Advance(60s);
  // A roll a guild, in the order of their ids, and the jitter of those that pass.
  random_.numbers = {0.49, 0, 0.50, 0, 0.999999, 0};
  const auto ticks = manager_.TakeDue();
  ASSERT_THAT(ticks, SizeIs(1));
  EXPECT_EQ(ticks[0].considered, 4);
  std::vector<Snowflake> joined;
  for (const auto& join : ticks[0].joins) joined.push_back(join.guild);
  EXPECT_THAT(joined, ::testing::ElementsAre(1, 4));
}

TEST_F(SchedulerManagerTest, KeepsGuildsApartByTheirJitter) {
  manager_.Set(1, {60s, 100});
  manager_.Set(2, {60s, 100});
  clock_.Advance(60s);
  random_.numbers = {0, 0.9, 0, 0.25};
  const auto ticks = manager_.TakeDue();
  ASSERT_THAT(ticks, SizeIs(1));
  ASSERT_THAT(ticks[0].joins, SizeIs(2));
  EXPECT_EQ(ticks[0].joins[0].guild, 2);
  EXPECT_EQ(ticks[0].joins[0].at, clock_.SteadyNow() + 2500ms);
  EXPECT_EQ(ticks[0].joins[1].at, clock_.SteadyNow() + 9s);
}

TEST_F(SchedulerManagerTest, MakesUpForMissedTicksOnce) {
  manager_.Set(1, {60s, 100});
  clock_.Advance(10min + 1s);
  EXPECT_THAT(manager_.TakeDue(), SizeIs(1));
  EXPECT_THAT(manager_.TakeDue(), IsEmpty());
  EXPECT_EQ(manager_.NextTick(1), clock_.SteadyNow() + 60s);
}

TEST_F(SchedulerManagerTest, KeepsTheRhythmWhenOnlyTheChanceChanges) {
  manager_.Set(1, {60s, 100});
  clock_.Advance(30s);
  manager_.Set(1, {60s, 0});
  clock_.Advance(30s);
  const auto ticks = manager_.TakeDue();
  ASSERT_THAT(ticks, SizeIs(1));
  EXPECT_THAT(ticks[0].joins, IsEmpty());
}

TEST_F(SchedulerManagerTest, LetsANewcomerFollowTheTickThatOthersHave) {
  manager_.Set(1, {60s, 100});
  clock_.Advance(40s);
  manager_.Set(2, {60s, 100});
  EXPECT_EQ(manager_.NextTick(2), clock_.SteadyNow() + 20s);
}

TEST_F(SchedulerManagerTest, RefusesAnIntervalOfNothing) {
  EXPECT_THROW(manager_.Set(1, {0s, 50}), std::invalid_argument);
  EXPECT_THAT(manager_.guilds(), IsEmpty());
}

}  // namespace
}  // namespace disruptor
