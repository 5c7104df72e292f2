// Exponential histograms, from the setting to a receiver of the official classes and to a real Prometheus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/prometheus_server.hpp"
#include "tests/otlp/telemetry_to.hpp"

namespace guildscope {
namespace {

using config::OtlpProtocol;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kName[] = "disruptor.discord.command.duration";
const testing::OtlpAttributes kLabels{{"command", "weight"}, {"status", "success"}};

class ExponentialHistograms : public ::testing::TestWithParam<OtlpProtocol> {
 protected:
  config::TelemetryOptions Options() {
    config::TelemetryOptions options = OptionsFor(receiver_, GetParam());
    options.metrics.histogram_aggregation = config::HistogramAggregation::kBase2Exponential;
    return options;
  }
  static metrics::Histogram Duration(Telemetry& telemetry) {
    return telemetry.metrics().Get(metrics::catalogue::kDiscordCommandDuration).Bind({"weight", "success"});
  }
  testing::ReceivedPoint Received() { return receiver_.store().Point(kName, kLabels).value(); }

  testing::OtlpReceiver receiver_;
};

INSTANTIATE_TEST_SUITE_P(EveryRoad, ExponentialHistograms,
                         ::testing::Values(OtlpProtocol::kGrpc, OtlpProtocol::kHttpProtobuf), [](const auto& road) {
                           return std::string(road.param == OtlpProtocol::kGrpc ? "Grpc" : "Http");
                         });

std::uint64_t CountOf(const opentelemetry::proto::metrics::v1::ExponentialHistogramDataPoint& point) {
  const auto& positive = point.positive().bucket_counts();
  const auto& negative = point.negative().bucket_counts();
  return point.zero_count() + std::accumulate(positive.begin(), positive.end(), std::uint64_t{0}) +
         std::accumulate(negative.begin(), negative.end(), std::uint64_t{0});
}

TEST_P(ExponentialHistograms, ArriveInsteadOfExplicitBucketsWithTheirExemplars) {
  Telemetry telemetry(Options());
  const metrics::Histogram duration = Duration(telemetry);
  for (const double value : {0.0, 0.25, 0.5, 0.5}) duration.Record(value);
  std::string span_id;
  {
    auto span = telemetry.tracer().StartActive("command weight");
    span_id = span->span_context().SpanIdHex();
    duration.Record(4);
  }
  ASSERT_TRUE(telemetry.Flush(kPatience));

  const testing::ReceivedPoint point = Received();
  EXPECT_EQ(point.unit, "s");
  EXPECT_EQ(point.count, 5U);
  EXPECT_EQ(point.sum, 5.25);
  EXPECT_THAT(point.buckets, IsEmpty());
  EXPECT_THAT(point.exemplars, ElementsAre(span_id));
  ASSERT_TRUE(point.exponential);
  EXPECT_EQ(point.exponential->scale(), 2);
  EXPECT_EQ(point.exponential->zero_count(), 1U);
  EXPECT_EQ(point.exponential->positive().offset(), -9) << "0.25 is the end of the bucket from 2^(-9/4) on";
  EXPECT_THAT(point.exponential->positive().bucket_counts(),
              ElementsAre(1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  EXPECT_THAT(point.exponential->negative().bucket_counts(), IsEmpty());
}

TEST_P(ExponentialHistograms, AreWhatEveryHistogramIsSentAs) {
  Telemetry telemetry(Options());
  Duration(telemetry).Record(0.5);
  ASSERT_TRUE(telemetry.Flush(kPatience));
  ASSERT_TRUE(telemetry.Flush(kPatience));  // has how long the one before took
  int histograms = 0;
  for (const testing::ReceivedPoint& point : receiver_.store().Points()) {
    if (!point.count) continue;
    ++histograms;
    ASSERT_TRUE(point.exponential) << point.name;
    EXPECT_EQ(CountOf(*point.exponential), *point.count) << point.name;
  }
  EXPECT_GE(histograms, 2);
}

TEST_P(ExponentialHistograms, SayWhatWasAddedWhenDeltasAreWanted) {
  config::TelemetryOptions options = Options();
  options.metrics.temporality = config::MetricTemporality::kDelta;
  Telemetry telemetry(options);
  const metrics::Histogram duration = Duration(telemetry);
  for (int i = 0; i < 3; ++i) duration.Record(0.5);
  ASSERT_TRUE(telemetry.Flush(kPatience));
  EXPECT_EQ(Received().count, 3U);
  duration.Record(0.5);
  duration.Record(2);
  ASSERT_TRUE(telemetry.Flush(kPatience));
  const testing::ReceivedPoint point = Received();
  EXPECT_EQ(point.count, 2U);
  EXPECT_EQ(point.sum, 2.5);
  EXPECT_EQ(point.exponential->positive().offset(), -5);
  EXPECT_THAT(point.exponential->positive().bucket_counts(), ElementsAre(1, 0, 0, 0, 0, 0, 0, 0, 1));
}

/// The bound of the bucket that has the quantile, with the bucket's index as OTLP counts.
double UpperBoundOfQuantile(const opentelemetry::proto::metrics::v1::ExponentialHistogramDataPoint& point, double q) {
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(point.count())));
  std::uint64_t before = point.zero_count();
  int index = point.positive().offset();
  for (const std::uint64_t count : point.positive().bucket_counts()) {
    before += count;
    if (before >= rank) break;
    ++index;
  }
  return std::exp2(std::ldexp(index + 1, -point.scale()));
}

TEST_P(ExponentialHistograms, AreTheSameForAPrometheusThatReadsNativeOnesWhileTextKeepsTheBuckets) {
  config::TelemetryOptions options = Options();
  options.health_server.enabled = true;
  options.health_server.port = 0;
  Telemetry telemetry(options);
  const metrics::Histogram duration = Duration(telemetry);
  // From a millisecond to ten seconds, each tenth of a percent as often.
  constexpr int kValues = 1'000;
  double sum = 0;
  const auto value = [](double part) { return std::pow(10, -3 + 4 * part); };
  for (int i = 0; i < kValues; ++i) {
    sum += value((i + 0.5) / kValues);
    duration.Record(value((i + 0.5) / kValues));
  }
  const std::string text = testing::Get(telemetry.port(), "/metrics").body;
  EXPECT_THAT(text, HasSubstr("disruptor_discord_command_duration_seconds_bucket{command=\"weight\","
                              "status=\"success\",le=\"0.1\"} 500\n"));
  testing::PrometheusServer prometheus({telemetry.port()}, {}, {"--enable-feature=native-histograms"});
  prometheus.WaitForNextScrape();
  ASSERT_TRUE(telemetry.Flush(kPatience));
  const testing::ReceivedPoint sent = Received();

  const std::string name = "disruptor_discord_command_duration_seconds";
  const auto ask = [&](const std::string& query) { return prometheus.Query(query).at(0).value; };
  EXPECT_EQ(ask("up"), 1);
  EXPECT_EQ(ask("histogram_count(" + name + ")"), kValues);
  EXPECT_DOUBLE_EQ(ask("histogram_sum(" + name + ")"), sum);
  EXPECT_EQ(sent.count, std::uint64_t{kValues});
  EXPECT_DOUBLE_EQ(sent.sum, sum);
  EXPECT_EQ(CountOf(*sent.exponential), std::uint64_t{kValues});
  for (const double q : {0.1, 0.5, 0.95, 0.99}) {
    const double quantile = ask("histogram_quantile(" + std::to_string(q) + ", " + name + ")");
    EXPECT_NEAR(std::log2(quantile / value(q)), 0, 0.25) << q << ": further off than a bucket is wide";
    const double bound = UpperBoundOfQuantile(*sent.exponential, q);
    EXPECT_LE(quantile, bound * 1.0001) << q;
    EXPECT_GE(quantile, bound / std::exp2(0.25) * 0.9999) << q;
  }
  EXPECT_THAT(prometheus.Query(name + "_bucket"), IsEmpty()) << "which it reads from text alone";
}

}  // namespace
}  // namespace guildscope
