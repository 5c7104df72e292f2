#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/prometheus_server.hpp"
#include "guildscope/testing/victoria_metrics_server.hpp"
#include "tests/support/world.hpp"

namespace guildscope {

/// A bot whose metrics go both roads, once a second on each: a Prometheus scrapes them, and a VictoriaMetrics gets them
/// by OTLP over HTTP. Its other signals go to a receiver. Skips the test where there is no VictoriaMetrics.
class BothRoads : public ::testing::Test {
 protected:
  explicit BothRoads(playground::PlaygroundOptions options);
  void SetUp() override;

  /// `metrics_endpoint`: where the bot sends them by OTLP over HTTP; VictoriaMetrics', unless told otherwise.
  [[nodiscard]] nlohmann::json Settings(const std::string& metrics_endpoint) const;

  /// The newest scrape of the bot, without what Prometheus adds: `job`, `instance`, and what it notes of the scrape. It
  /// asks for OpenMetrics, whose `_created` samples are the start times that OTLP has in each point.
  [[nodiscard]] std::vector<testing::Sample> Scraped() const;

  /// What exports with delta temporality add up to: counters all of them together, gauges as in the newest. Without
  /// what the road adds, as below.
  [[nodiscard]] std::vector<testing::Sample> ExportedInAll() const;

  /// The newest export of the bot, without what the road adds: the labels of the resource and the scope, which must be
  /// the same on every series.
  [[nodiscard]] std::vector<testing::Sample> Exported() const;

  std::optional<testing::VictoriaMetricsServer> victoria_metrics_;
  std::optional<testing::PrometheusServer> prometheus_;
  testing::OtlpReceiver receiver_;
  testing::World world_;
};

}  // namespace guildscope
