#include "guildscope/metrics/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "guildscope/metrics/snapshot_testing.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::metrics {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::ThrowsMessage;

constexpr CounterDescriptor<2> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"guild_id", "status"}};
constexpr UpDownCounterDescriptor<1> kRunning{"{prefix}.running", "{job}", "Running jobs.", {"guild_id"}};
constexpr GaugeDescriptor<1> kPlayers{"{prefix}.players", "{player}", "Players.", {"guild_id"}};
constexpr std::array<double, 2> kBounds{0.1, 1};
constexpr HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Waits.", {"guild_id"}, kBounds};

class RegistryTest : public ::testing::Test {
 protected:
  guildscope::testing::FakeClock clock_;
  Registry registry_{{.prefix = "bot", .max_series_per_metric = 3}, clock_};
};

TEST_F(RegistryTest, SumsWhatAllHandlesOfASeriesAdd) {
  auto counter = registry_.Get(kJobs).Bind({"1", "success"});
  counter.Add(2);
  registry_.Get(kJobs).Bind({"1", "success"}).Add();
  registry_.Get(kJobs).Add(4, {"1", "success"});
  EXPECT_EQ(counter.Value(), 7U);
  EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"), ElementsAre(Pair("1,success", 7)));
}

TEST_F(RegistryTest, KeepsTheLastValueOfAGauge) {
  auto gauge = registry_.Get(kPlayers).Bind({"1"});
  gauge.Set(5);
  gauge.Add(-1.5);
  EXPECT_EQ(gauge.Value(), 3.5);
  EXPECT_THAT(Values(registry_.Collect(), "bot.players"), ElementsAre(Pair("1", 3.5)));
}

TEST_F(RegistryTest, LetsAnUpDownCounterGoBelowZero) {
  auto running = registry_.Get(kRunning).Bind({"1"});
  running.Add(2);
  running.Add(-5);
  EXPECT_EQ(running.Value(), -3);
  EXPECT_THAT(Values(registry_.Collect(), "bot.running"), ElementsAre(Pair("1", -3)));
}

TEST_F(RegistryTest, CountsAValueInTheBucketWhoseBoundItDoesNotExceed) {
  auto wait = registry_.Get(kWait).Bind({"1"});
  for (const double value : {-1.0, 0.1, 0.10001, 1.0, 1.00001, 1e9}) wait.Record(value);
  const Point point = Find(registry_.Collect(), "bot.wait").points.at(0);
  EXPECT_THAT(point.bucket_counts, ElementsAre(2, 2, 2));
  EXPECT_EQ(point.count, 6U);
  EXPECT_EQ(wait.Count(), 6U);
  EXPECT_DOUBLE_EQ(wait.Sum(), point.sum);
}

TEST_F(RegistryTest, SortsMetricsByNameAndSeriesByLabels) {
  registry_.Get(kPlayers).Set(1, {"2"});
  registry_.Get(kJobs).Add(1, {"2", "error"});
  registry_.Get(kJobs).Add(2, {"10", "success"});
  registry_.Get(kJobs).Add(3, {"10", "error"});
  const Snapshot snapshot = registry_.Collect();
  EXPECT_EQ(snapshot.metrics.at(0).name, "bot.jobs");
  EXPECT_EQ(snapshot.metrics.at(1).name, "bot.players");
  EXPECT_THAT(Values(snapshot, "bot.jobs"),
              ElementsAre(Pair("10,error", 3), Pair("10,success", 2), Pair("2,error", 1)));
}

TEST_F(RegistryTest, TellsLabelSetsApartThatJoinToTheSameText) {
  registry_.Get(kJobs).Add(1, {"a", "bc"});
  registry_.Get(kJobs).Add(2, {"ab", "c"});
  registry_.Get(kJobs).Add(4, {"abc", ""});
  EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"), ElementsAre(Pair("a,bc", 1), Pair("ab,c", 2), Pair("abc,", 4)));
}

TEST_F(RegistryTest, GivesTheSameFamilyEachTime) {
  registry_.Get(kJobs).Add(1, {"1", "success"});
  constexpr CounterDescriptor<2> kAgain{"bot.jobs", "{job}", "Other words.", {"guild_id", "status"}};
  registry_.Get(kAgain).Add(1, {"1", "success"});
  EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"), ElementsAre(Pair("1,success", 2)));
}

TEST(DefaultHandles, RecordNothing) {
  Counter counter;
  counter.Add(1);
  Gauge gauge;
  gauge.Set(1);
  gauge.Add(1);
  UpDownCounter running;
  running.Add(1);
  Histogram wait;
  wait.Record(1);
  EXPECT_EQ(counter.Value(), 0U);
  EXPECT_EQ(gauge.Value(), 0);
  EXPECT_EQ(running.Value(), 0);
  EXPECT_EQ(wait.Count(), 0U);
}

TEST(Handles, MayBeDestroyedAfterTheirRegistry) {
  auto registry = std::make_unique<Registry>();
  Counter counter = registry->Get(kJobs).Bind({"1", "success"});
  const Counter copy = counter;
  counter = Counter();
  registry.reset();
}

// --- what is not recorded

TEST_F(RegistryTest, DropsAndCountsNegativeAddsToACounter) {
  auto counter = registry_.Get(kJobs).Bind({"1", "success"});
  counter.Add(5);
  counter.Add(static_cast<std::uint64_t>(-1));
  EXPECT_EQ(counter.Value(), 5U);
  EXPECT_THAT(Values(registry_.Collect(), "guildscope.metrics.dropped_values"),
              ElementsAre(Pair("bot.jobs,negative", 1)));
}

TEST_F(RegistryTest, DropsAndCountsHistogramValuesThatAreNotFinite) {
  auto wait = registry_.Get(kWait).Bind({"1"});
  wait.Record(0.5);
  wait.Record(std::numeric_limits<double>::quiet_NaN());
  wait.Record(std::numeric_limits<double>::infinity());
  wait.Record(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(wait.Count(), 1U);
  EXPECT_EQ(wait.Sum(), 0.5);
  EXPECT_THAT(Values(registry_.Collect(), "guildscope.metrics.dropped_values"),
              ElementsAre(Pair("bot.wait,not_finite", 3)));
}

TEST_F(RegistryTest, LetsAGaugeBeNaN) {
  registry_.Get(kPlayers).Set(std::numeric_limits<double>::quiet_NaN(), {"1"});
  EXPECT_TRUE(std::isnan(Find(registry_.Collect(), "bot.players").points.at(0).value));
}

TEST_F(RegistryTest, RepairsAndCountsLabelValuesThatAreNotUtf8) {
  registry_.Get(kPlayers).Set(1, {"a\xFFz"});
  registry_.Get(kPlayers).Set(2, {"a\xFEz"});
  const Snapshot snapshot = registry_.Collect();
  EXPECT_THAT(Values(snapshot, "bot.players"), ElementsAre(Pair("a\xEF\xBF\xBDz", 2)));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.changed_labels"), ElementsAre(Pair("bot.players,invalid_utf8", 2)));
}

TEST_F(RegistryTest, CutsAndCountsLabelValuesThatAreTooLong) {
  const std::string huge(64 * 1024, 'x');
  registry_.Get(kPlayers).Set(1, {huge});
  const Snapshot snapshot = registry_.Collect();
  EXPECT_EQ(Find(snapshot, "bot.players").points.at(0).label_values.at(0), std::string(1024, 'x'));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.changed_labels"), ElementsAre(Pair("bot.players,too_long", 1)));
}

// --- the limit

TEST_F(RegistryTest, FoldsWhatGoesPastTheLimitIntoOneSeriesAndCountsIt) {
  for (const char* guild : {"1", "2", "3", "4", "5"}) registry_.Get(kJobs).Add(10, {guild, "success"});
  auto bound = registry_.Get(kJobs).Bind({"6", "success"});
  bound.Add(1);
  bound.Add(1);
  registry_.Get(kJobs).Add(1, {"1", "success"});

  const Snapshot snapshot = registry_.Collect();
  EXPECT_THAT(Values(snapshot, "bot.jobs"),
              ElementsAre(Pair("1,success", 11), Pair("2,success", 10), Pair("3,success", 10), Pair("(overflow)", 22)));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.folded_writes"), ElementsAre(Pair("bot.jobs", 4)));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.series"), ElementsAre(Pair("bot.jobs", 3)));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.series_limit"), ElementsAre(Pair("bot.jobs", 3)));
}

TEST_F(RegistryTest, FoldsHistogramsToo) {
  for (const char* guild : {"1", "2", "3", "4", "5"}) registry_.Get(kWait).Record(0.5, {guild});
  const Metric metric = Find(registry_.Collect(), "bot.wait");
  ASSERT_EQ(metric.points.size(), 4U);
  EXPECT_TRUE(metric.points[3].overflow);
  EXPECT_EQ(metric.points[3].count, 2U);
  EXPECT_THAT(metric.points[3].bucket_counts, ElementsAre(0, 2, 0));
}

TEST(RegistryOptions, CanGiveOneMetricAnotherLimit) {
  Registry registry({.prefix = "bot", .max_series_per_metric = 1, .max_series_overrides = {{"bot.players", 2}}});
  for (const char* guild : {"1", "2", "3"}) {
    registry.Get(kPlayers).Set(1, {guild});
    registry.Get(kRunning).Add(1, {guild});
  }
  const Snapshot snapshot = registry.Collect();
  EXPECT_EQ(Find(snapshot, "bot.players").points.size(), 3U);
  EXPECT_EQ(Find(snapshot, "bot.running").points.size(), 2U);
}

TEST_F(RegistryTest, HasRoomAgainAfterSeriesWereRemoved) {
  for (const char* guild : {"1", "2", "3"}) registry_.Get(kJobs).Add(1, {guild, "success"});
  registry_.RemoveSeries("guild_id", "2");
  registry_.Get(kJobs).Add(7, {"4", "success"});
  EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"),
              ElementsAre(Pair("1,success", 1), Pair("3,success", 1), Pair("4,success", 7)));
}

// --- removal

TEST_F(RegistryTest, RemovesEverySeriesWithALabelValue) {
  registry_.Get(kJobs).Add(1, {"1", "success"});
  registry_.Get(kJobs).Add(1, {"1", "error"});
  registry_.Get(kJobs).Add(1, {"2", "1"});
  registry_.Get(kPlayers).Set(1, {"1"});
  EXPECT_EQ(registry_.RemoveSeries("guild_id", "1"), 3U);
  EXPECT_EQ(registry_.RemoveSeries("guild_id", "1"), 0U);
  EXPECT_EQ(registry_.RemoveSeries("no_such_label", "1"), 0U);
  const Snapshot snapshot = registry_.Collect();
  EXPECT_THAT(Values(snapshot, "bot.jobs"), ElementsAre(Pair("2,1", 1)));
  EXPECT_THAT(Values(snapshot, "bot.players"), IsEmpty());
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.removed_series"),
              ElementsAre(Pair("bot.jobs", 2), Pair("bot.players", 1)));
}

TEST_F(RegistryTest, RemovesOneSeriesOfAFamily) {
  registry_.Get(kJobs).Add(1, {"1", "success"});
  EXPECT_TRUE(registry_.Get(kJobs).Remove({"1", "success"}));
  EXPECT_FALSE(registry_.Get(kJobs).Remove({"1", "success"}));
  EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"), IsEmpty());
}

TEST_F(RegistryTest, BeginsANewSeriesWhenAHandleOfARemovedOneWrites) {
  auto counter = registry_.Get(kJobs).Bind({"1", "success"});
  auto wait = registry_.Get(kWait).Bind({"1"});
  counter.Add(5);
  wait.Record(0.5);
  clock_.Advance(seconds(60));
  registry_.RemoveSeries("guild_id", "1");
  EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"), IsEmpty());

  counter.Add(2);
  wait.Record(3);
  const Snapshot snapshot = registry_.Collect();
  EXPECT_THAT(Values(snapshot, "bot.jobs"), ElementsAre(Pair("1,success", 2)));
  EXPECT_EQ(Find(snapshot, "bot.jobs").points[0].start, clock_.Now());
  const Point point = Find(snapshot, "bot.wait").points.at(0);
  EXPECT_THAT(point.bucket_counts, ElementsAre(0, 0, 1));
  EXPECT_EQ(point.sum, 3);
}

TEST_F(RegistryTest, KeepsTheLevelOfAGaugeWhoseSeriesWasRemovedWhileSomethingRuns) {
  {
    const GaugeGuard running(registry_.Get(kPlayers).Bind({"1"}));
    registry_.RemoveSeries("guild_id", "1");
    EXPECT_THAT(Values(registry_.Collect(), "bot.players"), IsEmpty());
  }
  // Shown by its last write, and freed with its last handle, at 0 and not at -1.
  EXPECT_THAT(Values(registry_.Collect(), "bot.players"), ElementsAre(Pair("1", 0)));
}

TEST_F(RegistryTest, GivesTheSameSeriesToAHandleBoundAfterTheRemoval) {
  auto before = registry_.Get(kJobs).Bind({"1", "success"});
  registry_.RemoveSeries("guild_id", "1");
  auto after = registry_.Get(kJobs).Bind({"1", "success"});
  before.Add(1);
  after.Add(2);
  EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"), ElementsAre(Pair("1,success", 3)));
}

TEST_F(RegistryTest, FreesARemovedSeriesWithItsLastHandle) {
  {
    const auto handle = registry_.Get(kJobs).Bind({"1", "success"});
    registry_.RemoveSeries("guild_id", "1");
    EXPECT_THAT(Values(registry_.Collect(), "guildscope.metrics.series"), ElementsAre(Pair("bot.jobs", 1)));
  }
  static_cast<void>(registry_.Collect());
  EXPECT_THAT(Values(registry_.Collect(), "guildscope.metrics.series"), ElementsAre(Pair("bot.jobs", 0)));
}

TEST_F(RegistryTest, ForgetsASeriesThatWasShownAgainByAHandleWhenItIsRemovedOnceMore) {
  for (int i = 0; i < 3; ++i) {
    {
      const auto first = registry_.Get(kJobs).Bind({"1", "success"});
      EXPECT_EQ(registry_.RemoveSeries("guild_id", "1"), 1U);
      const auto second = registry_.Get(kJobs).Bind({"1", "success"});
      EXPECT_EQ(registry_.RemoveSeries("guild_id", "1"), 1U);
      const auto third = registry_.Get(kJobs).Bind({"1", "success"});
    }
    EXPECT_EQ(registry_.RemoveSeries("guild_id", "1"), 1U);
    EXPECT_EQ(registry_.RemoveSeries("guild_id", "1"), 0U);
    registry_.Get(kJobs).Add(2, {"2", "success"});  // where the other one was
    EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"), ElementsAre(Pair("2,success", 2)));
    EXPECT_TRUE(registry_.Get(kJobs).Remove({"2", "success"}));
  }
}

TEST(IdleSeries, AreRemovedAfterTheirTimeUnlessTheyAreGauges) {
  guildscope::testing::FakeClock clock;
  Registry registry({.prefix = "bot", .idle = hours(1)}, clock);
  auto busy = registry.Get(kJobs).Bind({"busy", "success"});
  auto idle = registry.Get(kJobs).Bind({"idle", "success"});
  registry.Get(kPlayers).Set(1, {"idle"});
  idle.Add(5);
  for (int quarter = 0; quarter < 5; ++quarter) {
    busy.Add(1);
    EXPECT_THAT(Values(registry.Collect(), "bot.jobs"),
                ElementsAre(Pair("busy,success", quarter + 1), Pair("idle,success", 5)));
    clock.Advance(std::chrono::minutes(15));
  }
  busy.Add(1);
  const Snapshot snapshot = registry.Collect();
  EXPECT_THAT(Values(snapshot, "bot.jobs"), ElementsAre(Pair("busy,success", 6)));
  EXPECT_THAT(Values(snapshot, "bot.players"), ElementsAre(Pair("idle", 1)));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.removed_series"), ElementsAre(Pair("bot.jobs", 1)));

  idle.Add(2);
  EXPECT_THAT(Values(registry.Collect(), "bot.jobs"), ElementsAre(Pair("busy,success", 6), Pair("idle,success", 2)));
}

}  // namespace
}  // namespace guildscope::metrics
