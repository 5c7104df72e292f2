#include "guildscope/export/otlp_metric_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guildscope/export/temporality.hpp"
// clang-format off
#include "opentelemetry/exporters/otlp/protobuf_include_prefix.h"
#include "opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h"
#include "opentelemetry/exporters/otlp/protobuf_include_suffix.h"
// clang-format on

namespace guildscope::exporting {
namespace {

namespace proto = opentelemetry::proto::metrics::v1;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using std::chrono::milliseconds;
using std::chrono::system_clock;
using ::testing::ElementsAre;

constexpr system_clock::time_point At(std::int64_t count) { return system_clock::time_point(milliseconds(count)); }
constexpr std::uint64_t Nanoseconds(std::int64_t count) { return static_cast<std::uint64_t>(count) * 1'000'000; }

class OtlpMetricWriterTest : public ::testing::Test {
 protected:
  ExportMetricsServiceRequest Finish() {
    ExportMetricsServiceRequest request;
    EXPECT_TRUE(request.ParseFromString(writer_.Finish().at(0).bytes));
    return request;
  }
  static const proto::Metric& Only(const ExportMetricsServiceRequest& request) {
    return request.resource_metrics(0).scope_metrics(0).metrics(0);
  }

  OtlpMetricWriter writer_{"", "", {}, At(5'000)};
};

TEST_F(OtlpMetricWriterTest, AStartIsNeverUnknownNorAfterTheEnd) {
  writer_.BeginMetric({.name = "jobs", .kind = metrics::Kind::kCounter, .time = At(9'000)}, false);
  for (const std::int64_t start : {0, 7'000, 9'001}) {
    metrics::SeriesView series;
    series.start = At(start);
    writer_.AddPoint(series);
  }
  const auto request = Finish();
  const auto& points = Only(request).sum().data_points();
  ASSERT_EQ(points.size(), 3);
  EXPECT_EQ(points[0].start_time_unix_nano(), Nanoseconds(5'000)) << "the earliest that it can be";
  EXPECT_EQ(points[1].start_time_unix_nano(), Nanoseconds(7'000));
  EXPECT_EQ(points[2].start_time_unix_nano(), Nanoseconds(9'000));
  for (const auto& point : points) EXPECT_EQ(point.time_unix_nano(), Nanoseconds(9'000));
}

TEST_F(OtlpMetricWriterTest, LeadsFromAHistogramToTraces) {
  std::vector<metrics::Exemplar> exemplars(2);
  exemplars[1].value = 0.75;
  exemplars[1].time = At(8'000);
  exemplars[1].trace_id.fill(0xAB);
  exemplars[1].span_id.fill(0x1F);
  const std::vector<double> bounds{0.5};
  const std::vector<std::uint64_t> counts{1, 2};
  metrics::SeriesView series;
  series.start = At(7'000);
  series.count = 3;
  series.bucket_counts = counts;
  series.exemplars = exemplars;
  const metrics::MetricView metric{
      .name = "wait", .unit = "s", .kind = metrics::Kind::kHistogram, .bounds = bounds, .time = At(9'000)};
  writer_.BeginMetric(metric, false);
  writer_.AddPoint(series);
  writer_.BeginMetric(metric, true);
  series.start = At(8'500);
  writer_.AddPoint(series);
  const auto request = Finish();
  const auto& point = Only(request).histogram().data_points(0);
  ASSERT_EQ(point.exemplars_size(), 1);
  EXPECT_EQ(point.exemplars(0).as_double(), 0.75);
  EXPECT_EQ(point.exemplars(0).time_unix_nano(), Nanoseconds(8'000));
  EXPECT_EQ(point.exemplars(0).trace_id(), std::string(16, '\xAB'));
  EXPECT_EQ(point.exemplars(0).span_id(), std::string(8, '\x1F'));
  const auto& delta = request.resource_metrics(0).scope_metrics(0).metrics(1).histogram();
  EXPECT_EQ(delta.data_points(0).exemplars_size(), 0) << "it belongs to an earlier delta";
}

TEST_F(OtlpMetricWriterTest, CarriesExponentialBuckets) {
  const std::vector<std::uint64_t> positive{1, 0, 300};
  const std::vector<std::uint64_t> negative{4};
  const metrics::ExponentialBuckets buckets{.scale = -3,
                                            .zero_threshold = 0.25,
                                            .zero_count = 7,
                                            .positive_offset = -5,
                                            .positive = positive,
                                            .negative_offset = 2,
                                            .negative = negative};
  const std::vector<double> bounds{0.5};
  const std::vector<std::uint64_t> counts{1, 2};
  writer_.BeginMetric(
      {.name = "wait", .unit = "s", .kind = metrics::Kind::kHistogram, .bounds = bounds, .time = At(9'000)}, false);
  metrics::SeriesView series;
  series.start = At(7'000);
  series.count = 312;
  series.sum = -1.5;
  series.bucket_counts = counts;
  writer_.AddPoint(series);
  series.exponential = &buckets;
  writer_.AddPoint(series);
  const auto request = Finish();
  ASSERT_EQ(request.resource_metrics(0).scope_metrics(0).metrics_size(), 2) << "one metric has one kind of point";
  EXPECT_EQ(Only(request).histogram().data_points_size(), 1);
  const auto& metric = request.resource_metrics(0).scope_metrics(0).metrics(1);
  EXPECT_EQ(metric.name(), "wait");
  EXPECT_EQ(metric.exponential_histogram().aggregation_temporality(), proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
  const auto& point = metric.exponential_histogram().data_points(0);
  EXPECT_EQ(point.start_time_unix_nano(), Nanoseconds(7'000));
  EXPECT_EQ(point.time_unix_nano(), Nanoseconds(9'000));
  EXPECT_EQ(point.count(), 312U);
  EXPECT_EQ(point.sum(), -1.5);
  EXPECT_EQ(point.scale(), -3);
  EXPECT_EQ(point.zero_count(), 7U);
  EXPECT_EQ(point.zero_threshold(), 0.25);
  EXPECT_EQ(point.positive().offset(), -5);
  EXPECT_THAT(point.positive().bucket_counts(), ElementsAre(1, 0, 300));
  EXPECT_EQ(point.negative().offset(), 2);
  EXPECT_THAT(point.negative().bucket_counts(), ElementsAre(4));
}

TEST(Temporality, IsWhatTheSpecificationSaysForEachPreference) {
  using config::MetricTemporality;
  using metrics::Kind;
  for (const bool observed : {false, true}) {
    for (const Kind kind : {Kind::kCounter, Kind::kHistogram, Kind::kUpDownCounter, Kind::kGauge}) {
      const bool grows = kind == Kind::kCounter || kind == Kind::kHistogram;
      EXPECT_FALSE(IsDelta(MetricTemporality::kCumulative, kind, observed));
      EXPECT_EQ(IsDelta(MetricTemporality::kDelta, kind, observed), grows);
      EXPECT_EQ(IsDelta(MetricTemporality::kLowMemory, kind, observed), grows && !observed);
    }
  }
}

}  // namespace
}  // namespace guildscope::exporting
