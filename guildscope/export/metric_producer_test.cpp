#include "guildscope/export/metric_producer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "guildscope/base/version.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "opentelemetry/exporters/otlp/otlp_metric_utils.h"
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
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::system_clock;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr metrics::CounterDescriptor<2> kJobs{"{prefix}.jobs", "{job}", "Jobs done.", {"type", "status"}};
constexpr metrics::UpDownCounterDescriptor<0> kRunning{"{prefix}.running", "{job}", "Jobs running.", {}};
constexpr metrics::GaugeDescriptor<0> kLatency{"{prefix}.latency", "s", "A round trip.", {}};
constexpr metrics::GaugeDescriptor<0> kQueue{"{prefix}.queue", "{item}", "Items waiting.", {}};
constexpr std::array<double, 2> kBounds{0.1, 1};
constexpr metrics::HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Time waited.", {"pool"}, kBounds};

std::uint64_t Nanoseconds(system_clock::time_point time) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count());
}

// What an OTLP exporter sends for what the producer gives.
ExportMetricsServiceRequest Export(RegistryMetricProducer& producer) {
  const auto produced = producer.Produce();
  EXPECT_EQ(produced.status_, RegistryMetricProducer::Status::kSuccess);
  ExportMetricsServiceRequest request;
  opentelemetry::exporter::otlp::OtlpMetricUtils::PopulateRequest(produced.points_, &request);
  return request;
}

std::vector<proto::Metric> Find(const ExportMetricsServiceRequest& request, const std::string& name) {
  std::vector<proto::Metric> found;
  for (const auto& scope : request.resource_metrics(0).scope_metrics()) {
    for (const auto& metric : scope.metrics()) {
      if (metric.name() == name) found.push_back(metric);
    }
  }
  return found;
}

template <typename DataPoint>
std::map<std::string, std::string> Attributes(const DataPoint& point) {
  std::map<std::string, std::string> attributes;
  for (const auto& attribute : point.attributes()) {
    attributes[attribute.key()] = attribute.value().has_bool_value() ? "bool" : attribute.value().string_value();
  }
  return attributes;
}

class RegistryMetricProducerTest : public ::testing::Test {
 protected:
  guildscope::testing::FakeClock clock_;
  metrics::Registry registry_{{.prefix = "bot"}, clock_};
  RegistryMetricProducer producer_{registry_};
};

TEST_F(RegistryMetricProducerTest, MakesACounterAMonotonicCumulativeIntegerSum) {
  registry_.Get(kJobs).Add(7, {"disrupt", "success"});
  const auto start = clock_.Now();
  clock_.Advance(seconds(5));

  const auto found = Find(Export(producer_), "bot.jobs");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].unit(), "{job}");
  EXPECT_EQ(found[0].description(), "Jobs done.");
  EXPECT_TRUE(found[0].sum().is_monotonic());
  EXPECT_EQ(found[0].sum().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
  ASSERT_EQ(found[0].sum().data_points_size(), 1);
  const auto& point = found[0].sum().data_points(0);
  EXPECT_TRUE(point.has_as_int());
  EXPECT_EQ(point.as_int(), 7);
  EXPECT_THAT(Attributes(point), UnorderedElementsAre(Pair("type", "disrupt"), Pair("status", "success")));
  EXPECT_EQ(point.start_time_unix_nano(), Nanoseconds(start));
  EXPECT_EQ(point.time_unix_nano(), Nanoseconds(clock_.Now()));
}

TEST_F(RegistryMetricProducerTest, MakesAnUpDownCounterANonMonotonicSum) {
  registry_.Get(kRunning).Bind().Add(-3);
  const auto found = Find(Export(producer_), "bot.running");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].has_sum());
  EXPECT_FALSE(found[0].sum().is_monotonic());
  EXPECT_EQ(found[0].sum().data_points(0).as_int(), -3);
}

TEST_F(RegistryMetricProducerTest, MakesAGaugeALastValueWhoseTypeFollowsTheUnit) {
  registry_.Get(kLatency).Bind().Set(0);
  registry_.Get(kQueue).Bind().Set(4);
  const auto request = Export(producer_);
  const auto latency = Find(request, "bot.latency");
  ASSERT_EQ(latency.size(), 1U);
  EXPECT_TRUE(latency[0].gauge().data_points(0).has_as_double());
  const auto queue = Find(request, "bot.queue");
  ASSERT_EQ(queue.size(), 1U);
  EXPECT_TRUE(queue[0].gauge().data_points(0).has_as_int());
  EXPECT_EQ(queue[0].gauge().data_points(0).as_int(), 4);
}

TEST_F(RegistryMetricProducerTest, CarriesEveryBucketOfAHistogram) {
  auto histogram = registry_.Get(kWait).Bind({"main"});
  for (const double value : {0.1, 0.5, 1.0, 30.0}) histogram.Record(value);
  const auto found = Find(Export(producer_), "bot.wait");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].histogram().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
  const auto& point = found[0].histogram().data_points(0);
  EXPECT_THAT(point.explicit_bounds(), ElementsAre(0.1, 1.0));
  EXPECT_THAT(point.bucket_counts(), ElementsAre(1, 2, 1));
  EXPECT_EQ(point.count(), 4U);
  EXPECT_DOUBLE_EQ(point.sum(), 31.6);
  EXPECT_FALSE(point.has_min());
}

TEST_F(RegistryMetricProducerTest, GivesASeriesThatBeganAnewALaterStartThanThoseThatStayed) {
  auto stays = registry_.Get(kJobs).Bind({"stays", "success"});
  auto returns = registry_.Get(kJobs).Bind({"returns", "success"});
  stays.Add(1);
  returns.Add(5);
  const auto start = clock_.Now();
  clock_.Advance(seconds(10));
  registry_.RemoveSeries("type", "returns");
  const auto removal = clock_.Now();
  clock_.Advance(seconds(10));
  returns.Add(2);

  std::map<std::string, std::pair<std::int64_t, std::uint64_t>> by_type;
  for (const auto& part : Find(Export(producer_), "bot.jobs")) {
    for (const auto& point : part.sum().data_points()) {
      by_type[Attributes(point)["type"]] = {point.as_int(), point.start_time_unix_nano()};
    }
  }
  EXPECT_THAT(by_type,
              ElementsAre(Pair("returns", Pair(2, Nanoseconds(removal))), Pair("stays", Pair(1, Nanoseconds(start)))));
}

TEST_F(RegistryMetricProducerTest, LeavesOutLabelsWithoutAValue) {
  registry_.Get(kJobs).Add(1, {"disrupt", ""});
  EXPECT_THAT(Attributes(Find(Export(producer_), "bot.jobs").at(0).sum().data_points(0)),
              ElementsAre(Pair("type", "disrupt")));
}

TEST(RegistryMetricProducer, MarksTheOverflowSeriesAsTheSpecificationDoes) {
  metrics::Registry registry({.prefix = "bot", .max_series_per_metric = 1});
  registry.Get(kJobs).Add(1, {"a", "success"});
  registry.Get(kJobs).Add(4, {"b", "success"});
  RegistryMetricProducer producer(registry);
  const auto found = Find(Export(producer), "bot.jobs");
  ASSERT_EQ(found.at(0).sum().data_points_size(), 2);
  const auto& point = found[0].sum().data_points(1);
  EXPECT_EQ(point.as_int(), 4);
  ASSERT_EQ(point.attributes_size(), 1);
  EXPECT_EQ(point.attributes(0).key(), "otel.metric.overflow");
  EXPECT_TRUE(point.attributes(0).value().bool_value());
}

TEST(RegistryMetricProducer, CarriesTheResourceAndItsScope) {
  metrics::Registry registry;
  RegistryMetricProducer producer(registry, opentelemetry::sdk::resource::Resource::Create({{"service.name", "bot"}}));
  const auto request = Export(producer);
  EXPECT_EQ(request.resource_metrics(0).scope_metrics(0).scope().name(), "guildscope");
  EXPECT_EQ(request.resource_metrics(0).scope_metrics(0).scope().version(), Version());
  EXPECT_THAT(Attributes(request.resource_metrics(0).resource()), Contains(Pair("service.name", "bot")));
}

TEST(RegistryMetricProducer, BringsTheMetricsThatOthersRecordedWithOpenTelemetry) {
  metrics::Registry registry;
  auto reader = std::make_shared<PullMetricReader>();
  opentelemetry::sdk::metrics::MeterProvider provider;
  provider.AddMetricReader(reader);
  auto counter = provider.GetMeter("a library")->CreateUInt64Counter("library.calls");
  counter->Add(3);
  registry.Get(kRunning).Bind().Add(1);

  RegistryMetricProducer producer(registry, opentelemetry::sdk::resource::Resource::GetEmpty(), reader);
  const auto request = Export(producer);
  EXPECT_EQ(Find(request, "disruptor.running").size(), 1U);
  const auto found = Find(request, "library.calls");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].sum().data_points(0).as_int(), 3);
}

TEST(RegistryMetricProducer, StillGivesTheRegistryWhenTheSdkHasShutDown) {
  metrics::Registry registry;
  registry.Get(kRunning).Bind().Add(1);
  auto reader = std::make_shared<PullMetricReader>();
  opentelemetry::sdk::metrics::MeterProvider provider;
  provider.AddMetricReader(reader);
  provider.Shutdown();
  RegistryMetricProducer producer(registry, opentelemetry::sdk::resource::Resource::GetEmpty(), reader);
  EXPECT_EQ(Find(Export(producer), "disruptor.running").size(), 1U);
}

}  // namespace
}  // namespace guildscope::exporting
