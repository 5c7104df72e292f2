#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <string_view>

#include "guildscope/http/server.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/otlp_store.hpp"
#include "tests/both_roads/both_roads.hpp"
#include "tests/support/agreement.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using ::testing::Each;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ReceivedPoint;
using testing::Sample;
using testing::SeriesHistory;

/// In front of VictoriaMetrics: takes requests apart, for it keeps no start times, and hands them on.
class Tee {
 public:
  explicit Tee(std::uint16_t to) : server_({.max_body_bytes = 64U << 20U}) {
    server_.Handle("POST", "/opentelemetry/v1/metrics", [this, to](const http::Request& request) {
      opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest metrics;
      if (!metrics.ParseFromString(request.body)) return http::ErrorResponse(400, "no OTLP");
      store_.Add(metrics);
      const auto answer = testing::Post(to, request.path, request.body, request.Header("content-type"));
      return http::Response{.status = static_cast<unsigned>(answer.status), .content_type = "application/x-protobuf"};
    });
    server_.Start();
  }

  [[nodiscard]] std::string endpoint() const { return server_.url() + "/opentelemetry/v1/metrics"; }
  [[nodiscard]] const testing::OtlpStore& store() const { return store_; }

 private:
  testing::OtlpStore store_;
  http::Server server_;
};

class BothRoadsAcrossARestart : public BothRoads {
 protected:
  static constexpr int kBefore = 12;
  static constexpr int kAfter = 2;

  BothRoadsAcrossARestart() : BothRoads(testing::World::Quiet()) {}

  void UseCommand(int times) {
    const std::string guild = world_.FirstGuild();
    for (int i = 0; i < times; ++i) world_.Use(guild, "next");
  }

  void WaitForBoth() {
    prometheus_->WaitForNextScrape();
    victoria_metrics_->WaitForNextExport("disruptor_build_info");
  }

  void ExpectStartTimesAfterTheRestart(const testing::OtlpStore& store);
  void ExpectNoCounterToFall();
  void ExpectNoRateToJump();

  /// Twelve commands, another process, two commands, not at once.
  void Restart(const std::string& endpoint) {
    json settings = Settings(endpoint);
    world_.StartBot(settings);
    // Prometheus goes on with the same target.
    settings["monitoring"]["health_server"]["port"] = world_.playground().http_port();
    prometheus_.emplace(std::vector{world_.playground().http_port()});
    UseCommand(kBefore);
    WaitForBoth();
    world_.StopBot();
    restarted_ = testing::UnixTime();
    world_.StartBot(settings);
    for (int i = 0; i < kAfter; ++i) {
      WaitForBoth();
      UseCommand(1);
    }
    for (int i = 0; i < 3; ++i) WaitForBoth();
  }

  double restarted_ = 0;
};

/// The times at which a counter fell.
std::vector<double> Falls(const SeriesHistory& series) {
  std::vector<double> times;
  for (std::size_t i = 1; i < series.points.size(); ++i) {
    if (series.points[i].value < series.points[i - 1].value) times.push_back(series.points[i].time);
  }
  return times;
}

void BothRoadsAcrossARestart::ExpectStartTimesAfterTheRestart(const testing::OtlpStore& store) {
  const auto newest = store.Point("process.uptime");
  ASSERT_TRUE(newest);
  const std::string instance = newest->resource.at("service.instance.id");
  std::vector<double> exported;
  for (const ReceivedPoint& point : store.Points()) {
    if (point.resource.at("service.instance.id") != instance) continue;
    if (point.start_time_unix_nano != 0) exported.push_back(static_cast<double>(point.start_time_unix_nano) / 1e9);
    EXPECT_TRUE(!point.count || point.start_time_unix_nano != 0) << point.name;
  }
  EXPECT_THAT(exported, Not(IsEmpty()));
  EXPECT_THAT(exported, Each(Ge(restarted_)));

  const auto page = testing::Send(world_.playground().http_port(),
                                  {.target = "/metrics", .headers = {{"accept", "application/openmetrics-text"}}});
  std::vector<double> scraped;
  for (const Sample& sample : testing::ParsePrometheusText(page.body)) {
    if (sample.name.ends_with("_created")) scraped.push_back(sample.value);
  }
  EXPECT_THAT(scraped, Not(IsEmpty()));
  EXPECT_THAT(scraped, Each(Ge(restarted_)));
}

void BothRoadsAcrossARestart::ExpectNoCounterToFall() {
  // Prometheus has one series across the restart, which falls then, if at all. VictoriaMetrics has one a process.
  for (const SeriesHistory& series : prometheus_->QueryRange(R"({job="bot"}[5m])")) {
    if (!testing::OnlyGrows(series.name)) continue;
    EXPECT_THAT(Falls(series), Each(Ge(restarted_))) << series.name;
    EXPECT_LE(Falls(series).size(), 1U) << series.name;
  }
  for (const SeriesHistory& series : victoria_metrics_->QueryRange(R"({service_name="disruptor"}[5m])")) {
    if (!testing::OnlyGrows(series.name)) continue;
    EXPECT_THAT(Falls(series), IsEmpty()) << series.name;
  }
}

void BothRoadsAcrossARestart::ExpectNoRateToJump() {
  const std::string seconds = std::to_string(static_cast<int>(testing::UnixTime() - restarted_)) + "s";
  for (const testing::QueryServer* road :
       std::initializer_list<const testing::QueryServer*>{&*prometheus_, &*victoria_metrics_}) {
    const std::string rates = "(sum(rate(disruptor_discord_commands_total[5s])))[" + seconds + ":1s])";
    const auto highest = road->Query("max_over_time(" + rates);
    const auto lowest = road->Query("min_over_time(" + rates);
    ASSERT_EQ(highest.size(), 1U);
    ASSERT_EQ(lowest.size(), 1U);
    EXPECT_GT(highest[0].value, 0);
    // What came after the restart is less than half of it, but a rate is extrapolated.
    EXPECT_LT(highest[0].value, 0.75 * kBefore / 5.0) << "a second; it would be more with what was before the restart";
    EXPECT_GE(lowest[0].value, 0);
  }
}

TEST_F(BothRoadsAcrossARestart, StartAnewWithTheProcessAndRatesDoNotJump) {
  Tee tee(victoria_metrics_->port());
  Restart(tee.endpoint());
  ExpectStartTimesAfterTheRestart(tee.store());
  ExpectNoCounterToFall();
  ExpectNoRateToJump();
  world_.StopBot();
}

}  // namespace
}  // namespace guildscope
