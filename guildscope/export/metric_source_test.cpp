#include "guildscope/export/metric_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "guildscope/base/version.hpp"
#include "guildscope/export/pull_metric_reader.hpp"
#include "guildscope/export/sdk_reference.hpp"
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

opentelemetry::sdk::resource::Resource NoResource() { return opentelemetry::sdk::resource::Resource::GetEmpty(); }

ExportMetricsServiceRequest Parse(const Request& request) {
  ExportMetricsServiceRequest parsed;
  EXPECT_TRUE(parsed.ParseFromString(request.bytes));
  return parsed;
}

// What an official receiver reads, when all of it fits into one request.
ExportMetricsServiceRequest Export(MetricSource& source) {
  const std::vector<Request> requests = source.Collect();
  EXPECT_EQ(requests.size(), 1U);
  return Parse(requests.at(0));
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

class MetricSourceTest : public ::testing::Test {
 protected:
  guildscope::testing::FakeClock clock_;
  metrics::Registry registry_{{.prefix = "bot"}, clock_};
  MetricSource source_{registry_, NoResource(), nullptr, {}, clock_};
};

TEST_F(MetricSourceTest, MakesACounterAMonotonicCumulativeIntegerSum) {
  registry_.Get(kJobs).Add(7, {"disrupt", "success"});
  const auto start = clock_.Now();
  clock_.Advance(seconds(5));

  const auto found = Find(Export(source_), "bot.jobs");
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

TEST_F(MetricSourceTest, MakesAnUpDownCounterANonMonotonicSum) {
  registry_.Get(kRunning).Bind().Add(-3);
  const auto found = Find(Export(source_), "bot.running");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].has_sum());
  EXPECT_FALSE(found[0].sum().is_monotonic());
  EXPECT_EQ(found[0].sum().data_points(0).as_int(), -3);
}

TEST_F(MetricSourceTest, MakesAGaugeALastValueWhoseTypeFollowsTheUnit) {
  registry_.Get(kLatency).Bind().Set(0);
  registry_.Get(kQueue).Bind().Set(4);
  const auto request = Export(source_);
  const auto latency = Find(request, "bot.latency");
  ASSERT_EQ(latency.size(), 1U);
  EXPECT_TRUE(latency[0].gauge().data_points(0).has_as_double());
  const auto queue = Find(request, "bot.queue");
  ASSERT_EQ(queue.size(), 1U);
  EXPECT_TRUE(queue[0].gauge().data_points(0).has_as_int());
  EXPECT_EQ(queue[0].gauge().data_points(0).as_int(), 4);
}

TEST_F(MetricSourceTest, CarriesEveryBucketOfAHistogram) {
  auto histogram = registry_.Get(kWait).Bind({"main"});
  for (const double value : {0.1, 0.5, 1.0, 30.0}) histogram.Record(value);
  const auto found = Find(Export(source_), "bot.wait");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].histogram().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
  const auto& point = found[0].histogram().data_points(0);
  EXPECT_THAT(point.explicit_bounds(), ElementsAre(0.1, 1.0));
  EXPECT_THAT(point.bucket_counts(), ElementsAre(1, 2, 1));
  EXPECT_EQ(point.count(), 4U);
  EXPECT_DOUBLE_EQ(point.sum(), 31.6);
  EXPECT_FALSE(point.has_min());
}

TEST_F(MetricSourceTest, GivesASeriesThatBeganAnewALaterStartThanThoseThatStayed) {
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
  for (const auto& part : Find(Export(source_), "bot.jobs")) {
    for (const auto& point : part.sum().data_points()) {
      by_type[Attributes(point)["type"]] = {point.as_int(), point.start_time_unix_nano()};
    }
  }
  EXPECT_THAT(by_type,
              ElementsAre(Pair("returns", Pair(2, Nanoseconds(removal))), Pair("stays", Pair(1, Nanoseconds(start)))));
}

/// A request as text that does not depend on the order of points and attributes, nor on the parts of a metric.
std::multiset<std::string> Points(const ExportMetricsServiceRequest& request) {
  std::multiset<std::string> points;
  for (const auto& resource : request.resource_metrics()) {
    for (const auto& scope : resource.scope_metrics()) {
      for (const auto& metric : scope.metrics()) {
        const auto add = [&](const auto& data) {
          for (auto point : data.data_points()) {
            std::string text = resource.resource().ShortDebugString() + scope.scope().ShortDebugString();
            for (const auto& [key, value] : Attributes(point)) text.append(key).append("=").append(value).append(" ");
            point.clear_attributes();
            auto without_points = data;
            without_points.clear_data_points();
            points.insert(text + metric.name() + metric.description() + metric.unit() + without_points.GetTypeName() +
                          without_points.ShortDebugString() + point.ShortDebugString());
          }
        };
        if (metric.has_sum()) add(metric.sum());
        if (metric.has_gauge()) add(metric.gauge());
        if (metric.has_histogram()) add(metric.histogram());
      }
    }
  }
  return points;
}

TEST_F(MetricSourceTest, SaysWhatOpenTelemetrysOwnClassesSay) {
  registry_.Get(kJobs).Add(7, {"disrupt", "success"});
  registry_.Get(kJobs).Add(1, {std::string(300, 'x'), ""});
  auto returns = registry_.Get(kJobs).Bind({"returns", "success"});
  returns.Add(5);
  clock_.Advance(seconds(10));
  registry_.RemoveSeries("type", "returns");
  clock_.Advance(seconds(10));
  returns.Add(2);
  registry_.Get(kRunning).Bind().Add(-3);
  registry_.Get(kLatency).Bind().Set(0.25);
  registry_.Get(kQueue).Bind().Set(4.5);
  for (const char* pool : {"main", "\xC3\xA9 \"\\\n"}) {
    for (const double value : {0.1, 0.5, 30.0}) registry_.Get(kWait).Record(value, {pool});
  }
  const auto resource = opentelemetry::sdk::resource::Resource::Create({{"service.name", "bot"}});
  MetricSource source(registry_, resource, nullptr, {}, clock_);
  const auto ours = Points(Export(source));
  const auto theirs = Points(sdk_reference::MakeRequest(registry_.Collect(), resource));
  EXPECT_GT(theirs.size(), 9U);
  EXPECT_EQ(ours, theirs);
}

TEST_F(MetricSourceTest, SplitsWhatIsTooMuchForOneRequest) {
  for (int i = 0; i < 10; ++i) {
    registry_.Get(kJobs).Add(1, {std::to_string(i), "success"});
    registry_.Get(kWait).Record(1, {std::to_string(i)});
  }
  const auto whole = Points(Export(source_));
  for (const RequestLimits limits :
       {RequestLimits{.points = 3}, RequestLimits{.bytes = 700}, RequestLimits{.bytes = 1}}) {
    MetricSource source(registry_, NoResource(), nullptr, {.limits = limits}, clock_);
    std::multiset<std::string> parts;
    const auto requests = source.Collect();
    EXPECT_GT(requests.size(), 3U);
    for (const Request& request : requests) {
      const auto points = Points(Parse(request));
      EXPECT_EQ(points.size(), request.items);
      EXPECT_TRUE(points.size() == 1 || (points.size() <= limits.points && request.bytes.size() <= limits.bytes));
      parts.insert(points.begin(), points.end());
    }
    EXPECT_EQ(parts, whole);
  }
}

TEST_F(MetricSourceTest, SendsTheResourceWhenThereIsNothingElse) {
  OtlpMetricWriter writer("", "", {}, clock_.Now());
  const auto requests = writer.Finish();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].items, 0U);
  EXPECT_EQ(Parse(requests[0]).resource_metrics_size(), 1);
}

TEST_F(MetricSourceTest, LeavesOutLabelsWithoutAValue) {
  registry_.Get(kJobs).Add(1, {"disrupt", ""});
  EXPECT_THAT(Attributes(Find(Export(source_), "bot.jobs").at(0).sum().data_points(0)),
              ElementsAre(Pair("type", "disrupt")));
}

TEST(MetricSource, MarksTheOverflowSeriesAsTheSpecificationDoes) {
  metrics::Registry registry({.prefix = "bot", .max_series_per_metric = 1});
  registry.Get(kJobs).Add(1, {"a", "success"});
  registry.Get(kJobs).Add(4, {"b", "success"});
  MetricSource source(registry, NoResource(), nullptr, {});
  const auto found = Find(Export(source), "bot.jobs");
  ASSERT_EQ(found.at(0).sum().data_points_size(), 2);
  const auto& point = found[0].sum().data_points(1);
  EXPECT_EQ(point.as_int(), 4);
  ASSERT_EQ(point.attributes_size(), 1);
  EXPECT_EQ(point.attributes(0).key(), "otel.metric.overflow");
  EXPECT_TRUE(point.attributes(0).value().bool_value());
}

TEST(MetricSource, CarriesTheResourceAndItsScope) {
  metrics::Registry registry;
  registry.Get(kRunning).Bind().Add(1);
  MetricSource source(registry, opentelemetry::sdk::resource::Resource::Create({{"service.name", "bot"}}), nullptr, {});
  const auto request = Export(source);
  EXPECT_EQ(request.resource_metrics(0).scope_metrics(0).scope().name(), "guildscope");
  EXPECT_EQ(request.resource_metrics(0).scope_metrics(0).scope().version(), Version());
  EXPECT_THAT(Attributes(request.resource_metrics(0).resource()), Contains(Pair("service.name", "bot")));
}

TEST(MetricSource, BringsTheMetricsThatOthersRecordedWithOpenTelemetry) {
  metrics::Registry registry;
  auto reader = std::make_shared<PullMetricReader>();
  opentelemetry::sdk::metrics::MeterProvider provider;
  provider.AddMetricReader(reader);
  auto counter = provider.GetMeter("a library")->CreateUInt64Counter("library.calls");
  counter->Add(3);
  registry.Get(kRunning).Bind().Add(1);

  MetricSource source(registry, NoResource(), reader, {});
  const auto request = Export(source);
  EXPECT_EQ(Find(request, "disruptor.running").size(), 1U);
  const auto found = Find(request, "library.calls");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].sum().data_points(0).as_int(), 3);
}

TEST(MetricSource, StillGivesTheRegistryWhenTheSdkHasShutDown) {
  metrics::Registry registry;
  registry.Get(kRunning).Bind().Add(1);
  auto reader = std::make_shared<PullMetricReader>();
  opentelemetry::sdk::metrics::MeterProvider provider;
  provider.AddMetricReader(reader);
  provider.Shutdown();
  MetricSource source(registry, NoResource(), reader, {});
  EXPECT_EQ(Find(Export(source), "disruptor.running").size(), 1U);
  EXPECT_EQ(source.error_type(), "") << "nobody misses it";
}

TEST(MetricSource, SaysThatTheSdksMetricsCouldNotBeCollectedUntilTheyCan) {
  metrics::Registry registry;
  registry.Get(kRunning).Bind().Add(1);
  auto reader = std::make_shared<PullMetricReader>();  // of no provider yet
  MetricSource source(registry, NoResource(), reader, {});
  EXPECT_EQ(Find(Export(source), "disruptor.running").size(), 1U);
  EXPECT_EQ(source.error_type(), "sdk_not_collected");
  opentelemetry::sdk::metrics::MeterProvider provider;
  provider.AddMetricReader(reader);
  (void)Export(source);
  EXPECT_EQ(source.error_type(), "");
}

}  // namespace
}  // namespace guildscope::exporting
