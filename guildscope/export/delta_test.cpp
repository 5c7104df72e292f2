#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <utility>

#include "guildscope/export/metric_source.hpp"
#include "guildscope/export/pull_metric_reader.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "opentelemetry/metrics/sync_instruments.h"
#include "opentelemetry/sdk/metrics/meter_provider.h"
// clang-format off
#include "opentelemetry/exporters/otlp/protobuf_include_prefix.h"
#include "opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h"
#include "opentelemetry/exporters/otlp/protobuf_include_suffix.h"
// clang-format on

namespace guildscope::exporting {
namespace {

namespace proto = opentelemetry::proto::metrics::v1;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using std::chrono::seconds;
using std::chrono::system_clock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr metrics::CounterDescriptor<1> kPlays{"{prefix}.plays", "{play}", "Plays.", {"guild_id"}};
constexpr metrics::CounterDescriptor<0> kBusy{"{prefix}.busy", "s", "Time spent.", {}};
constexpr metrics::UpDownCounterDescriptor<0> kRunning{"{prefix}.running", "{job}", "Jobs running.", {}};
constexpr metrics::GaugeDescriptor<0> kQueue{"{prefix}.queue", "{item}", "Items waiting.", {}};
constexpr std::array<double, 2> kBounds{0.1, 1};
constexpr metrics::HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Time waited.", {"guild_id"}, kBounds};

/// A point of a sum, with its times in seconds since the test began.
struct Point {
  std::string guild;
  std::int64_t value;
  std::int64_t from;
  std::int64_t to;
  bool operator==(const Point&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Point& point) {
  return out << point.guild << ' ' << point.value << " (" << point.from << " to " << point.to << ')';
}

class DeltaTest : public ::testing::Test {
 protected:
  explicit DeltaTest(metrics::RegistryOptions options = {}) : registry_(std::move(options), clock_) {}
  void Make(config::MetricTemporality temporality, RequestLimits limits = {}) {
    source_.emplace(registry_, opentelemetry::sdk::resource::Resource::GetEmpty(), reader_,
                    MetricSource::Options{temporality, limits}, clock_);
  }
  /// What one collection sends, and whether all of it is delivered.
  std::vector<ExportMetricsServiceRequest> Export(bool delivered = true) {
    if (!source_) Make(config::MetricTemporality::kDelta);
    std::vector<ExportMetricsServiceRequest> parsed;
    for (const Request& request : source_->Collect()) {
      EXPECT_TRUE(parsed.emplace_back().ParseFromString(request.bytes));
      source_->Settle(parsed.size() - 1, delivered);
    }
    return parsed;
  }
  std::int64_t Second(std::uint64_t nanoseconds) const {
    return static_cast<std::int64_t>(nanoseconds / 1'000'000'000) -
           std::chrono::duration_cast<seconds>(began_.time_since_epoch()).count();
  }
  static std::vector<proto::Metric> Find(const std::vector<ExportMetricsServiceRequest>& requests,
                                         const std::string& name) {
    std::vector<proto::Metric> found;
    for (const auto& request : requests) {
      for (const auto& scope : request.resource_metrics(0).scope_metrics()) {
        for (const auto& metric : scope.metrics()) {
          if (metric.name() == name) found.push_back(metric);
        }
      }
    }
    return found;
  }
  std::vector<Point> Plays(const std::vector<ExportMetricsServiceRequest>& requests) const {
    std::vector<Point> points;
    for (const auto& metric : Find(requests, "disruptor.plays")) {
      EXPECT_EQ(metric.sum().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_DELTA);
      EXPECT_TRUE(metric.sum().is_monotonic());
      EXPECT_EQ(metric.unit(), "{play}");
      for (const auto& point : metric.sum().data_points()) {
        points.push_back({point.attributes(0).value().string_value(), point.as_int(),
                          Second(point.start_time_unix_nano()), Second(point.time_unix_nano())});
      }
    }
    return points;
  }
  void Wait() { clock_.Advance(seconds(10)); }
  void ExpectTheTruthWhateverIsDelivered();

  guildscope::testing::FakeClock clock_;
  const system_clock::time_point began_ = clock_.Now();
  metrics::Registry registry_;
  std::shared_ptr<PullMetricReader> reader_;
  std::optional<MetricSource> source_;
};

TEST_F(DeltaTest, SaysWhatWasAddedSinceTheLastCollection) {
  auto plays = registry_.Get(kPlays).Bind({"1"});
  plays.Add(3);
  Wait();
  EXPECT_THAT(Plays(Export()), ElementsAre(Point{"1", 3, 0, 10}));
  plays.Add(4);
  Wait();
  EXPECT_THAT(Plays(Export()), ElementsAre(Point{"1", 4, 10, 20}));
  Wait();
  EXPECT_THAT(Plays(Export()), IsEmpty()) << "nothing was added";
  plays.Add(5);
  Wait();
  EXPECT_THAT(Plays(Export()), ElementsAre(Point{"1", 5, 30, 40}));
}

TEST_F(DeltaTest, ASeriesThatIsNewBeginsAtTheCollectionThatDidNotHaveIt) {
  registry_.Get(kPlays).Add(1, {"1"});
  Wait();
  (void)Export();
  registry_.Get(kPlays).Add(2, {"0"});
  registry_.Get(kPlays).Add(2, {"2"});
  Wait();
  EXPECT_THAT(Plays(Export()), ElementsAre(Point{"0", 2, 10, 20}, Point{"2", 2, 10, 20}));
}

TEST_F(DeltaTest, WhatWasNotDeliveredIsAddedToWhatComesNext) {
  auto plays = registry_.Get(kPlays).Bind({"1"});
  plays.Add(3);
  Wait();
  (void)Export();
  plays.Add(4);
  Wait();
  EXPECT_THAT(Plays(Export(false)), ElementsAre(Point{"1", 4, 10, 20}));
  Wait();
  EXPECT_THAT(Plays(Export(false)), ElementsAre(Point{"1", 4, 10, 30})) << "though nothing was added";
  plays.Add(5);
  Wait();
  EXPECT_THAT(Plays(Export()), ElementsAre(Point{"1", 9, 10, 40}));
}

TEST_F(DeltaTest, ASeriesThatHasGoneLeavesNothingButWhatWasNotDelivered) {
  registry_.Get(kPlays).Add(3, {"delivered"});
  registry_.Get(kPlays).Add(1, {"stays"});
  Wait();
  (void)Export();
  registry_.Get(kPlays).Add(4, {"lost"});
  Wait();
  (void)Export(false);
  registry_.RemoveSeries("guild_id", "delivered");
  registry_.RemoveSeries("guild_id", "lost");
  Wait();
  EXPECT_THAT(Plays(Export(false)), ElementsAre(Point{"lost", 4, 10, 20}));
  Wait();
  EXPECT_THAT(Plays(Export()), ElementsAre(Point{"lost", 4, 10, 20}));
  Wait();
  EXPECT_THAT(Plays(Export()), IsEmpty());
}

TEST_F(DeltaTest, AMetricThatHasGoneLeavesNothingButWhatWasNotDelivered) {
  registry_.Get(kPlays).Add(3, {"1"});
  Wait();
  (void)Export(false);
  registry_.RemoveSeries("guild_id", "1");
  Wait();
  EXPECT_THAT(Plays(Export()), ElementsAre(Point{"1", 3, 0, 10}));
  Wait();
  EXPECT_THAT(Plays(Export()), IsEmpty());
}

TEST_F(DeltaTest, ASeriesThatBeganAnewIsNotTakenForTheOneBefore) {
  auto plays = registry_.Get(kPlays).Bind({"1"});
  plays.Add(3);
  Wait();
  (void)Export();
  plays.Add(1);
  Wait();
  (void)Export(false);
  Wait();
  registry_.RemoveSeries("guild_id", "1");
  plays.Add(100);
  Wait();
  EXPECT_THAT(Plays(Export()), ElementsAre(Point{"1", 100, 30, 40}, Point{"1", 1, 10, 20}));
}

TEST_F(DeltaTest, TakesBucketsApartToo) {
  auto wait = registry_.Get(kWait).Bind({"1"});
  for (const double value : {0.05, 0.5, 5.0}) wait.Record(value);
  Wait();
  (void)Export();
  for (const double value : {0.5, 0.5}) wait.Record(value);
  Wait();
  (void)Export(false);
  wait.Record(7.0);
  Wait();
  const auto found = Find(Export(), "disruptor.wait");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].histogram().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_DELTA);
  const auto& point = found[0].histogram().data_points(0);
  EXPECT_THAT(point.bucket_counts(), ElementsAre(0, 2, 1));
  EXPECT_EQ(point.count(), 3U);
  EXPECT_DOUBLE_EQ(point.sum(), 8.0);
  EXPECT_EQ(Second(point.start_time_unix_nano()), 10);
}

TEST_F(DeltaTest, LeavesGaugesAndUpDownCountersAsTheyAre) {
  registry_.Get(kRunning).Bind().Add(5);
  registry_.Get(kQueue).Bind().Set(7);
  (void)Export();
  Wait();
  const auto requests = Export();
  const auto running = Find(requests, "disruptor.running");
  ASSERT_EQ(running.size(), 1U);
  EXPECT_EQ(running[0].sum().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
  EXPECT_EQ(running[0].sum().data_points(0).as_int(), 5);
  EXPECT_EQ(Find(requests, "disruptor.queue").at(0).gauge().data_points(0).as_int(), 7);
}

TEST_F(DeltaTest, LowMemoryLeavesObservedCountersCumulative) {
  registry_.Get(kPlays).Add(1, {"1"});
  const auto subscription = registry_.Observe(kBusy, [](metrics::Observer<0>& observe) { observe(7.5); });
  for (const auto& [preference, expected] :
       {std::pair{config::MetricTemporality::kLowMemory, proto::AGGREGATION_TEMPORALITY_CUMULATIVE},
        std::pair{config::MetricTemporality::kDelta, proto::AGGREGATION_TEMPORALITY_DELTA}}) {
    Make(preference);
    const auto requests = Export();
    EXPECT_EQ(Find(requests, "disruptor.busy").at(0).sum().aggregation_temporality(), expected);
    EXPECT_EQ(Find(requests, "disruptor.busy").at(0).sum().data_points(0).as_double(), 7.5);
    EXPECT_EQ(Find(requests, "disruptor.plays").at(0).sum().aggregation_temporality(),
              proto::AGGREGATION_TEMPORALITY_DELTA);
  }
}

TEST_F(DeltaTest, KeepsWhatTheSdkSaidUntilItIsDelivered) {
  reader_ = std::make_shared<PullMetricReader>(config::MetricTemporality::kDelta);
  opentelemetry::sdk::metrics::MeterProvider provider;
  provider.AddMetricReader(reader_);
  const auto calls = provider.GetMeter("a library")->CreateUInt64Counter("library.calls");
  const auto sum = [this](bool delivered) {
    std::int64_t all = 0;
    for (const auto& metric : Find(Export(delivered), "library.calls")) {
      EXPECT_EQ(metric.sum().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_DELTA);
      for (const auto& point : metric.sum().data_points()) all += point.as_int();
    }
    return all;
  };
  calls->Add(3);
  EXPECT_EQ(sum(false), 3);
  calls->Add(4);
  EXPECT_EQ(sum(true), 7);
  EXPECT_EQ(sum(true), 0);
}

// Guilds come and go, requests are delivered or not, in any mixture: in the end every play has arrived exactly once.
void DeltaTest::ExpectTheTruthWhateverIsDelivered() {
  Make(config::MetricTemporality::kDelta, {.points = 7});
  std::minstd_rand random(7);  // NOLINT(bugprone-random-generator-seed): the same each time
  std::map<std::string, std::int64_t> played;
  std::map<std::string, std::int64_t> arrived;
  std::uint64_t waited = 0;
  std::uint64_t waits_arrived = 0;
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < 20; ++i) {
      const std::string guild = std::to_string(random() % 40);
      registry_.Get(kPlays).Add(1 + round, {guild});
      registry_.Get(kWait).Record(0.5, {guild});
      played[guild] += 1 + round;
      ++waited;
    }
    Wait();
    const bool last = round == 299;
    const std::vector<Request> requests = source_->Collect();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (!last && random() % 3 == 0) continue;
      source_->Settle(i, true);
      ExportMetricsServiceRequest request;
      ASSERT_TRUE(request.ParseFromString(requests[i].bytes));
      for (const Point& point : Plays({request})) {
        EXPECT_GT(point.value, 0);
        EXPECT_LE(point.from, point.to);
        arrived[point.guild] += point.value;
      }
      for (const auto& metric : Find({request}, "disruptor.wait")) {
        for (const auto& point : metric.histogram().data_points()) {
          waits_arrived += point.count();
          EXPECT_EQ(point.bucket_counts(1), point.count());
        }
        for (const auto& point : metric.exponential_histogram().data_points()) {
          waits_arrived += point.count();
          EXPECT_EQ(point.positive().offset(), -5);
          EXPECT_THAT(point.positive().bucket_counts(), ElementsAre(point.count()));
        }
      }
    }
    // Only what a collection has seen can be exported, so they leave right after one.
    registry_.RemoveSeries("guild_id", std::to_string(random() % 40));
  }
  EXPECT_EQ(arrived, played);
  EXPECT_EQ(waits_arrived, waited);
}

TEST_F(DeltaTest, AddsUpToTheTruthWhateverIsDelivered) { ExpectTheTruthWhateverIsDelivered(); }

class ExponentialDeltaTest : public DeltaTest {
 protected:
  ExponentialDeltaTest() : DeltaTest({.exponential_histograms = true}) {}
};

TEST_F(ExponentialDeltaTest, AddsUpToTheTruthWhateverIsDelivered) { ExpectTheTruthWhateverIsDelivered(); }

TEST_F(ExponentialDeltaTest, SaysWhatWasAddedToEachBucket) {
  const auto wait = registry_.Get(kWait).Bind({"1"});
  for (const double value : {0.5, 0.5, 2.0}) wait.Record(value);
  static_cast<void>(Export());
  for (const double value : {0.0, 0.125, 2.0, 2.0}) wait.Record(value);
  const auto metric = Find(Export(), "disruptor.wait").at(0);
  ASSERT_TRUE(metric.has_exponential_histogram());
  EXPECT_EQ(metric.exponential_histogram().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_DELTA);
  const auto& point = metric.exponential_histogram().data_points(0);
  EXPECT_EQ(point.count(), 4U);
  EXPECT_EQ(point.sum(), 4.125);
  EXPECT_EQ(point.scale(), 2);
  EXPECT_EQ(point.zero_count(), 1U);
  EXPECT_EQ(point.positive().offset(), -13);
  EXPECT_THAT(point.positive().bucket_counts(), ElementsAre(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2));
  EXPECT_THAT(Find(Export(), "disruptor.wait"), IsEmpty());
}

TEST(DeltaMemory, KeepsNoMoreThanTheLiveSeriesWhenAllIsDelivered) {
  OtlpMetricWriter writer("", "", {}, {});
  DeltaMemory memory;
  const std::vector<std::string> labels{"guild_id"};
  std::vector<bool> delivered;
  const auto collect = [&](int first, bool arrives) {
    memory.BeginCollection(delivered);
    const metrics::MetricView metric{.name = "plays", .kind = metrics::Kind::kCounter, .label_names = labels};
    writer.BeginMetric(metric, true);
    memory.BeginMetric(metric);
    for (int i = first; i < first + 100; ++i) {
      const std::string guild = std::to_string(i);
      metrics::SeriesView series;
      series.packed_values = guild;
      series.integer = 1;
      memory.AddSeries(series, writer);
    }
    memory.EndMetric(writer);
    memory.EndCollection(writer);
    delivered.assign(writer.Finish().size(), arrives);
  };
  for (int round = 0; round < 10; ++round) collect(round * 100, true);
  EXPECT_EQ(memory.size(), 100U);
  for (int round = 10; round < 40; ++round) collect(round * 100, false);
  EXPECT_EQ(memory.size(), 100U + 100U + 1'000U) << "the bound for what has gone";
}

metrics::SeriesView Exponential(const metrics::ExponentialBuckets& buckets, std::uint64_t count, double sum) {
  metrics::SeriesView series;
  series.count = count;
  series.sum = sum;
  series.exponential = &buckets;
  return series;
}

TEST(DeltaMemory, TakesExponentialBucketsApartWhenTheyHaveBecomeCoarser) {
  OtlpMetricWriter writer("", "", {}, {});
  DeltaMemory memory;
  std::vector<bool> delivered;
  const auto collect = [&](const metrics::SeriesView& series) {
    memory.BeginCollection(delivered);
    const metrics::MetricView metric{.name = "wait", .kind = metrics::Kind::kHistogram};
    writer.BeginMetric(metric, true);
    memory.BeginMetric(metric);
    memory.AddSeries(series, writer);
    memory.EndMetric(writer);
    memory.EndCollection(writer);
    const auto requests = writer.Finish();
    delivered.assign(requests.size(), true);
    ExportMetricsServiceRequest request;
    EXPECT_TRUE(request.ParseFromString(requests.at(0).bytes));
    return request.resource_metrics(0).scope_metrics(0).metrics(0).exponential_histogram();
  };
  const std::vector<std::uint64_t> fine{1, 2, 3, 4};  // buckets -3 to 0
  const auto first = collect(
      Exponential({.scale = 2, .zero_count = 1, .positive_offset = -3, .positive = fine, .negative = fine}, 21, 5));
  EXPECT_EQ(first.aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_DELTA);
  EXPECT_EQ(first.data_points(0).scale(), 2);
  EXPECT_EQ(first.data_points(0).positive().offset(), -3);
  EXPECT_THAT(first.data_points(0).positive().bucket_counts(), ElementsAre(1, 2, 3, 4));

  // At scale 1 what was is {-2: 1, -1: 5, 0: 4}, and on the negative side {0: 3, 1: 7}.
  const std::vector<std::uint64_t> coarse{2, 5, 4, 9};
  const std::vector<std::uint64_t> negative{3, 8};
  const auto second = collect(Exponential({.scale = 1,
                                           .zero_threshold = 0.001,
                                           .zero_count = 3,
                                           .positive_offset = -2,
                                           .positive = coarse,
                                           .negative = negative},
                                          34, 8));
  const auto& point = second.data_points(0);
  EXPECT_EQ(point.count(), 13U);
  EXPECT_EQ(point.sum(), 3);
  EXPECT_EQ(point.scale(), 1);
  EXPECT_EQ(point.zero_count(), 2U);
  EXPECT_EQ(point.zero_threshold(), 0.001);
  EXPECT_EQ(point.positive().offset(), -2);
  EXPECT_THAT(point.positive().bucket_counts(), ElementsAre(1, 0, 0, 9));
  EXPECT_THAT(point.negative().bucket_counts(), ElementsAre(0, 1));
}

}  // namespace
}  // namespace guildscope::exporting
