#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/telemetry/telemetry.hpp"
#include "guildscope/testing/prometheus_server.hpp"
#include "guildscope/testing/victoria_metrics_server.hpp"

/// Exponential histograms on both roads: as native histograms of a Prometheus, and by OTLP in a VictoriaMetrics, which
/// makes ranges of its own of their buckets. So the names differ, and what they say does not.
namespace guildscope {
namespace {

config::TelemetryOptions Options(const std::string& endpoint) {
  config::TelemetryOptions options;
  options.health_server.port = 0;
  options.otlp_enabled = true;
  options.traces.exporter = config::Exporter::kNone;
  options.logs.exporter = config::Exporter::kNone;
  options.metrics.otlp.protocol = config::OtlpProtocol::kHttpProtobuf;
  options.metrics.otlp.endpoint = endpoint;
  options.metrics.export_interval = std::chrono::seconds(1);
  options.metrics.histogram_aggregation = config::HistogramAggregation::kBase2Exponential;
  return options;
}

TEST(ExponentialHistograms, SayTheSameOnBothRoads) {
  if (!std::filesystem::exists(VICTORIA_METRICS)) GTEST_SKIP() << "there is no VictoriaMetrics at " VICTORIA_METRICS;
  testing::VictoriaMetricsServer victoria_metrics(VICTORIA_METRICS);
  Telemetry telemetry(Options(victoria_metrics.endpoint()));
  testing::PrometheusServer prometheus({telemetry.port()}, {}, {"--enable-feature=native-histograms"});
  const auto durations = telemetry.metrics().Get(metrics::catalogue::kDiscordCommandDuration);
  const auto value = [](double part) { return std::pow(10, -3 + 4 * part); };  // from a millisecond to ten seconds
  constexpr int kValues = 1'000;
  for (int i = 0; i < kValues; ++i) durations.Record(value((i + 0.5) / kValues), {"weight", "success"});

  const std::string name = "disruptor_discord_command_duration_seconds";
  prometheus.WaitForNextScrape();
  victoria_metrics.WaitForNextExport(name + "_count");
  const auto scraped = [&](const std::string& query) { return prometheus.Query(query).at(0).value; };
  const auto exported = [&](const std::string& query) { return victoria_metrics.Query(query).at(0).value; };
  EXPECT_EQ(scraped("histogram_count(" + name + ")"), kValues);
  EXPECT_EQ(exported(name + "_count"), kValues);
  EXPECT_EQ(exported("sum(" + name + "_bucket)"), kValues);
  EXPECT_NEAR(exported(name + "_sum") / scraped("histogram_sum(" + name + ")"), 1, 1e-9);
  for (const double quantile : {0.1, 0.5, 0.95, 0.99}) {
    const std::string function = "histogram_quantile(" + std::to_string(quantile) + ", ";
    const double native = scraped(function + name + ")");
    EXPECT_NEAR(std::log2(native / value(quantile)), 0, 0.25) << quantile << ": further off than a bucket is wide";
    EXPECT_NEAR(std::log2(exported(function + name + "_bucket)") / native), 0, 0.01) << quantile;
  }
}

}  // namespace
}  // namespace guildscope
