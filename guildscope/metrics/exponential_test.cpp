#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <thread>

#include "guildscope/metrics/cells.hpp"
#include "guildscope/metrics/exposition.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/metrics/snapshot_collector.hpp"
#include "guildscope/metrics/snapshot_testing.hpp"
#include "guildscope/testing/fake_clock.hpp"

/// A registry that tells exponential buckets beside the explicit ones.
namespace guildscope::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using namespace std::chrono_literals;

constexpr std::array<double, 2> kBounds{0.1, 1};
constexpr std::array<double, 2> kNegative{-1, 1};
constexpr HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Waits.", {"guild_id"}, kBounds};
constexpr HistogramDescriptor<0> kDrift{"{prefix}.drift", "s", "A clock's difference.", {}, kNegative};
constexpr CounterDescriptor<1> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"guild_id"}};

/// As tracing/ has it.
struct Span {
  std::array<std::uint8_t, 16> trace_id{1};
  std::array<std::uint8_t, 8> span_id{2};
  bool sampled = true;
};

std::uint64_t Sum(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

/// The exponential buckets, once it is sure that they count as much as the explicit ones do.
StoredExponential Exponential(const Point& point) {
  const StoredExponential exponential = point.exponential.value();
  EXPECT_EQ(exponential.zero_count + Sum(exponential.positive), point.count);
  EXPECT_EQ(Sum(point.bucket_counts), point.count);
  EXPECT_THAT(exponential.negative, IsEmpty());
  return exponential;
}

class ExponentialTest : public ::testing::Test {
 protected:
  std::vector<Point> Points() { return Find(registry_.Collect(), "bot.wait").points; }
  StoredExponential Collected() { return Exponential(Points().at(0)); }

  testing::FakeClock clock_;
  Registry registry_{{.prefix = "bot", .max_series_per_metric = 3, .exponential_histograms = true}, clock_};
  HistogramFamily<1> wait_ = registry_.Get(kWait);
};

TEST_F(ExponentialTest, BucketsCountTheValuesThatTheExplicitOnesCount) {
  const Histogram wait = wait_.Bind({"1"});
  for (const double value : {0.1, 0.3, 0.5, 1.0, 1.1, 2.0}) wait.Record(value);
  wait_.Record(0.5, {"1"});
  const Point point = Points().at(0);
  const StoredExponential exponential = Exponential(point);
  EXPECT_EQ(exponential.scale, 2);
  EXPECT_EQ(exponential.zero_count, 0U);
  EXPECT_EQ(exponential.positive_offset, -14);  // 0.1 is above 2^(-14/4), which is 0.088
  EXPECT_THAT(exponential.positive, ElementsAre(1, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 1, 0, 0, 1));
  EXPECT_THAT(point.bucket_counts, ElementsAre(1, 4, 2));
  EXPECT_EQ(point.count, 7U);
  EXPECT_DOUBLE_EQ(point.sum, 5.5);
  EXPECT_EQ(wait.Count(), 7U);
  EXPECT_DOUBLE_EQ(wait.Sum(), 5.5);
}

TEST_F(ExponentialTest, BucketsTakeZeroNegativeValuesAndThoseBeyondThemAtTheirEnds) {
  const Histogram wait = wait_.Bind({"1"});
  for (const double value : {0.0, -0.0, -5.0, 1e-12, 1e12, 1e300}) wait.Record(value);
  const Point point = Points().at(0);
  const StoredExponential exponential = Exponential(point);
  EXPECT_EQ(exponential.zero_count, 4U);
  EXPECT_GT(exponential.zero_threshold, 1e-12);
  EXPECT_THAT(exponential.positive, ElementsAre(2));
  EXPECT_THAT(point.bucket_counts, ElementsAre(4, 0, 2));
}

TEST_F(ExponentialTest, BucketsHaveNothingOfWhatIsNotFinite) {
  const Histogram wait = wait_.Bind({"1"});
  wait.Record(0.5);
  for (const double value : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
    wait.Record(value);
  }
  EXPECT_EQ(Points().at(0).count, 1U);
  EXPECT_THAT(Collected().positive, ElementsAre(1));
  EXPECT_THAT(Values(registry_.Collect(), "guildscope.metrics.dropped_values"),
              ElementsAre(Pair("bot.wait,not_finite", 3)));
}

TEST_F(ExponentialTest, BucketsAreNotToldOfAMetricThatMeasuresNegativeValues) {
  registry_.Get(kDrift).Record(-0.5, {});
  const Point point = Find(registry_.Collect(), "bot.drift").points.at(0);
  EXPECT_FALSE(point.exponential);
  EXPECT_THAT(point.bucket_counts, ElementsAre(0, 1, 0));
}

TEST_F(ExponentialTest, BucketsAreNotToldUnlessTheyAreWanted) {
  Registry registry({.prefix = "bot"});
  registry.Get(kWait).Record(0.5, {"1"});
  EXPECT_FALSE(Find(registry.Collect(), "bot.wait").points.at(0).exponential);
}

TEST_F(ExponentialTest, BucketsOfASeriesWithoutValuesAreEmpty) {
  const Histogram wait = wait_.Bind({"1"});
  EXPECT_THAT(Collected().positive, IsEmpty());
  EXPECT_EQ(wait.Count(), 0U);
}

TEST_F(ExponentialTest, BucketsKeepWhatThreadsHaveRecordedThatHaveEnded) {
  for (int i = 0; i < 20; ++i) {
    std::thread([&] { wait_.Record(0.5, {"1"}); }).join();
    std::thread([&] { wait_.Bind({"1"}).Record(2); }).join();
    if (i % 3 != 0) continue;
    EXPECT_EQ(Sum(Collected().positive), 2U * static_cast<unsigned>(i + 1));
  }
  const StoredExponential exponential = Collected();
  EXPECT_EQ(exponential.positive_offset, -5);
  EXPECT_THAT(exponential.positive, ElementsAre(20, 0, 0, 0, 0, 0, 0, 0, 20));
}

TEST_F(ExponentialTest, BucketsOfTheOverflowSeriesHaveWhatIsFolded) {
  for (const char* guild : {"1", "2", "3", "4", "5"}) wait_.Record(0.5, {guild});
  wait_.Bind({"6"}).Record(4);
  const std::vector<Point> points = Points();
  ASSERT_EQ(points.size(), 4U);
  for (const Point& point : points) Exponential(point);
  EXPECT_TRUE(points[3].overflow);
  EXPECT_EQ(points[3].count, 3U);
  EXPECT_THAT(points[3].exponential->positive, ElementsAre(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  EXPECT_THAT(Values(registry_.Collect(), "guildscope.metrics.folded_writes"),
              ::testing::Contains(Pair("bot.wait", 3)));
}

TEST_F(ExponentialTest, BucketsAreToldAtTheEndOfARemovedSeriesAndBeginAnew) {
  const Histogram wait = wait_.Bind({"1"});
  wait.Record(0.5);
  wait.Record(8);
  clock_.Advance(60s);
  SnapshotCollector last;
  EXPECT_EQ(registry_.RemoveSeries("guild_id", "1", &last), 1U);
  EXPECT_THAT(Exponential(Find(last.Take(), "bot.wait").points.at(0)).positive, ::testing::SizeIs(17));
  EXPECT_THAT(Values(registry_.Collect(), "bot.wait"), IsEmpty());

  wait.Record(0.5);
  const Point point = Points().at(0);
  EXPECT_EQ(point.start, clock_.Now());
  EXPECT_THAT(Exponential(point).positive, ElementsAre(1));
  EXPECT_EQ(wait.Count(), 1U);
}

TEST(ExponentialBuckets, GoWithTheirSeriesWhenItIsIdle) {
  testing::FakeClock clock;
  Registry registry({.prefix = "bot", .idle = 1h, .exponential_histograms = true}, clock);
  const Histogram held = registry.Get(kWait).Bind({"held"});
  held.Record(0.5);
  registry.Get(kWait).Record(0.5, {"not held"});
  static_cast<void>(registry.Collect());
  clock.Advance(1h);
  EXPECT_EQ(Find(registry.Collect(), "bot.wait").points.size(), 2U) << "told once more before they go";
  EXPECT_THAT(Values(registry.Collect(), "bot.wait"), IsEmpty());
  held.Record(2);
  const std::vector<Point> points = Find(registry.Collect(), "bot.wait").points;
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(Exponential(points[0]).positive_offset, 3);
  EXPECT_THAT(points[0].exponential->positive, ElementsAre(1));
}

TEST_F(ExponentialTest, BucketsTakeAHundredAndSeventyCellsWithTheDefaultBounds) {
  constexpr HistogramDescriptor<0> kDefault{"{prefix}.default", "s", "Waits.", {}};
  const std::size_t before = internal::CellsInUse().now;
  registry_.Get(kDefault).Record(0.5, {});
  EXPECT_EQ(internal::CellsInUse().now - before, 2U * 170U) << "of the series, and of the overflow series";
}

TEST_F(ExponentialTest, BucketsLeaveExemplarsWithTheExplicitOnes) {
  const Histogram wait = wait_.Bind({"1"});
  {
    const SpanScope span(Span{});
    for (const double value : {0.01, 0.5, 0.7, 1.0, 50.0}) wait.Record(value);
  }
  wait.Record(0.05);
  const Point point = Points().at(0);
  ASSERT_EQ(point.exemplars.size(), 3U);
  EXPECT_EQ(point.exemplars[0].value, 0.01);
  EXPECT_EQ(point.exemplars[1].value, 0.5);
  EXPECT_EQ(point.exemplars[2].value, 50);
  EXPECT_EQ(Sum(Exponential(point).positive), 6U);
}

TEST_F(ExponentialTest, BucketsChangeNothingOfPrometheusText) {
  Registry explicit_only({.prefix = "bot", .max_series_per_metric = 3}, clock_);
  for (Registry* registry : {&registry_, &explicit_only}) {
    for (const char* guild : {"1", "2", "3", "4"}) {
      for (const double value : {-1.0, 0.0, 0.1, 0.5, 1.5, 1e9}) registry->Get(kWait).Record(value, {guild});
    }
    registry->Get(kJobs).Add(1, {"1"});
  }
  for (const Format format : {Format::kPrometheusText, Format::kOpenMetrics}) {
    EXPECT_EQ(Expose(registry_, format).ToString(), Expose(explicit_only, format).ToString());
  }
}

TEST_F(ExponentialTest, BucketsAreInASnapshotAsInItsRegistry) {
  for (const double value : {0.0, 0.1, 0.5, 1.5}) wait_.Record(value, {"1"});
  const Snapshot snapshot = registry_.Collect();
  EXPECT_EQ(Expose(snapshot, Format::kProtobuf).ToString(), Expose(registry_, Format::kProtobuf).ToString());
}

}  // namespace
}  // namespace guildscope::metrics
