#include "guildscope/metrics/exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "guildscope/metrics/registry.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr CounterDescriptor<2> kJobs{"{prefix}.jobs", "{job}", "Jobs \"done\".", {"type", "status"}};
constexpr CounterDescriptor<0> kBusy{"{prefix}.busy", "s", "Time spent.", {}};
constexpr GaugeDescriptor<1> kLatency{"{prefix}.latency", "s", "A round trip.", {"shard"}};
constexpr UpDownCounterDescriptor<0> kRunning{"{prefix}.running", "{job}", "Jobs running.", {}};
constexpr std::array<double, 3> kBounds{0.005, 1, 120};
constexpr HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Time waited.", {"pool"}, kBounds};

class ExpositionTest : public ::testing::Test {
 protected:
  // Without what the registry says about itself.
  Snapshot Recorded() {
    Snapshot snapshot = registry_.Collect();
    std::erase_if(snapshot.metrics, [](const Metric& metric) { return metric.name.starts_with("guildscope."); });
    return snapshot;
  }
  std::string Text() { return Expose(Recorded(), Format::kPrometheusText).ToString(); }
  std::string OpenMetrics() { return Expose(Recorded(), Format::kOpenMetrics).ToString(); }
  std::string GaugeLine(double value) {
    registry_.Get(kLatency).Bind({"0"}).Set(value);
    const std::string text = Text();
    const std::size_t begin = text.find("} ") + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  guildscope::testing::FakeClock clock_;
  Registry registry_{{.prefix = "bot"}, clock_};
};

TEST_F(ExpositionTest, WritesPrometheusText) {
  registry_.Get(kJobs).Add(3, {"disrupt", "success"});
  registry_.Get(kJobs).Add(1, {"disrupt", "error"});
  registry_.Get(kRunning).Bind().Add(-2);
  auto wait = registry_.Get(kWait).Bind({"main"});
  for (const double seconds : {0.001, 0.5, 1.0, 600.0}) wait.Record(seconds);
  EXPECT_EQ(Text(), R"(# HELP bot_jobs_total Jobs "done".
# TYPE bot_jobs_total counter
bot_jobs_total{type="disrupt",status="error"} 1
bot_jobs_total{type="disrupt",status="success"} 3
# HELP bot_running Jobs running.
# TYPE bot_running gauge
bot_running -2
# HELP bot_wait_seconds Time waited.
# TYPE bot_wait_seconds histogram
bot_wait_seconds_bucket{pool="main",le="0.005"} 1
bot_wait_seconds_bucket{pool="main",le="1"} 3
bot_wait_seconds_bucket{pool="main",le="120"} 3
bot_wait_seconds_bucket{pool="main",le="+Inf"} 4
bot_wait_seconds_sum{pool="main"} 601.501
bot_wait_seconds_count{pool="main"} 4
)");
}

TEST_F(ExpositionTest, WritesOpenMetrics) {
  clock_.Advance(std::chrono::milliseconds(42));
  registry_.Get(kJobs).Add(3, {"disrupt", "success"});
  registry_.Get(kBusy).Bind().Add(7);
  registry_.Get(kWait).Bind({"main"}).Record(0.5);
  EXPECT_EQ(OpenMetrics(), R"(# HELP bot_busy_seconds Time spent.
# TYPE bot_busy_seconds counter
# UNIT bot_busy_seconds seconds
bot_busy_seconds_total 7
bot_busy_seconds_created 1704067200.042
# HELP bot_jobs Jobs \"done\".
# TYPE bot_jobs counter
bot_jobs_total{type="disrupt",status="success"} 3
bot_jobs_created{type="disrupt",status="success"} 1704067200.042
# HELP bot_wait_seconds Time waited.
# TYPE bot_wait_seconds histogram
# UNIT bot_wait_seconds seconds
bot_wait_seconds_bucket{pool="main",le="0.005"} 0
bot_wait_seconds_bucket{pool="main",le="1.0"} 1
bot_wait_seconds_bucket{pool="main",le="120.0"} 1
bot_wait_seconds_bucket{pool="main",le="+Inf"} 1
bot_wait_seconds_sum{pool="main"} 0.5
bot_wait_seconds_count{pool="main"} 1
bot_wait_seconds_created{pool="main"} 1704067200.042
# EOF
)");
}

TEST(Exposition, LeadsFromABucketToATraceInOpenMetricsAlone) {
  Snapshot snapshot;
  Point point;
  point.label_values = {"main"};
  point.bucket_counts = {1, 2};
  point.count = 3;
  point.exemplars.resize(2);
  point.exemplars[1].value = 0.75;
  point.exemplars[1].time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1704067200042));
  point.exemplars[1].trace_id.fill(0xAB);
  point.exemplars[1].span_id.fill(0x1F);
  snapshot.metrics.push_back({"wait", "s", "", Kind::kHistogram, {"pool"}, {0.5}, {point}});
  EXPECT_THAT(Expose(snapshot, Format::kOpenMetrics).ToString(),
              HasSubstr("wait_seconds_bucket{pool=\"main\",le=\"0.5\"} 1\n"
                        "wait_seconds_bucket{pool=\"main\",le=\"+Inf\"} 3 # "
                        "{trace_id=\"abababababababababababababababab\",span_id=\"1f1f1f1f1f1f1f1f\"} 0.75 "
                        "1704067200.042\n"));
  EXPECT_THAT(Expose(snapshot, Format::kPrometheusText).ToString(), Not(HasSubstr("} 3 #")));
  EXPECT_THAT(Expose(snapshot, Format::kPrometheusText).ToString(), Not(HasSubstr("trace_id")));
}

// Series that are longer than a chunk, and more of them than one holds.
TEST(Exposition, IsNotCutByChunks) {
  Snapshot snapshot;
  std::string expected = "# TYPE bot_jobs_total counter\n";
  Metric metric{"bot.jobs", "{job}", "", Kind::kCounter, {"type", "status"}, {}, {}};
  for (int i = 0; i < 3'000; ++i) {
    Point& point = metric.points.emplace_back();
    const bool longer = i % 1'000 == 999;
    point.label_values = {longer ? std::string(100'000, '\\') : std::to_string(i), "x\ny"};
    point.value = i;
    expected += "bot_jobs_total{type=\"" + (longer ? std::string(200'000, '\\') : std::to_string(i)) +
                "\",status=\"x\\ny\"} " + std::to_string(i) + "\n";
  }
  snapshot.metrics.push_back(std::move(metric));
  EXPECT_TRUE(Expose(snapshot, Format::kPrometheusText).ToString() == expected);
}

// Each of its lines has the labels, escaped to twice their length, and an exemplar.
TEST(Exposition, HasRoomForTheLongestHistogram) {
  constexpr std::size_t kValueBytes = 100'000;
  constexpr std::size_t kMany = 50;
  Snapshot snapshot;
  Point point;
  point.label_values = {std::string(kValueBytes, '"')};
  point.bucket_counts.assign(kMany + 1, std::uint64_t{1} << 57);
  point.count = (kMany + 1) * (std::uint64_t{1} << 57);
  point.sum = -1.2345678901234567e-300;
  point.exemplars.resize(kMany + 1);
  for (Exemplar& exemplar : point.exemplars) {
    exemplar.trace_id.fill(0xAB);
    exemplar.value = point.sum;
    exemplar.time = std::chrono::system_clock::time_point::max();
  }
  Metric metric{"wait", "s", "", Kind::kHistogram, {"pool"}, {}, {point}};
  for (std::size_t i = 0; i < kMany; ++i)
    metric.bounds.push_back(-1.2345678901234567e-300 / (1.0 + static_cast<double>(i)));
  snapshot.metrics.push_back(std::move(metric));
  const std::string text = Expose(snapshot, Format::kOpenMetrics).ToString();
  constexpr std::size_t kLines = kMany + 1 + 3;
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\\')), kLines * kValueBytes);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), kLines + 3);
  EXPECT_THAT(text, ::testing::EndsWith("\n# EOF\n"));
}

TEST_F(ExpositionTest, EscapesLabelValues) {
  registry_.Get(kJobs).Add(1, {"a\\b\"c\nd", "\xC3\xA9 \t\r"});
  const std::string line = "{type=\"a\\\\b\\\"c\\nd\",status=\"\xC3\xA9 \t\r\"} 1\n";
  EXPECT_THAT(Text(), HasSubstr("bot_jobs_total" + line));
  EXPECT_THAT(OpenMetrics(), HasSubstr("bot_jobs_total" + line));
}

TEST(Exposition, EscapesHelp) {
  Snapshot snapshot;
  snapshot.metrics.push_back({"m", "", "a\\b\nc\"d", Kind::kGauge, {}, {}, {Point{}}});
  EXPECT_THAT(Expose(snapshot, Format::kPrometheusText).ToString(), HasSubstr("# HELP m a\\\\b\\nc\"d\n"));
  EXPECT_THAT(Expose(snapshot, Format::kOpenMetrics).ToString(), HasSubstr("# HELP m a\\\\b\\nc\\\"d\n"));
}

TEST_F(ExpositionTest, LeavesOutLabelsWithoutAValue) {
  registry_.Get(kJobs).Add(1, {"", "error"});
  registry_.Get(kJobs).Add(1, {"", ""});
  EXPECT_THAT(Text(), HasSubstr("bot_jobs_total 1\nbot_jobs_total{status=\"error\"} 1\n"));
}

TEST_F(ExpositionTest, LeavesOutMetricsWithoutSeries) {
  static_cast<void>(registry_.Get(kLatency));
  EXPECT_THAT(Text(), Not(HasSubstr("bot_latency")));
}

TEST(Exposition, MarksTheOverflowSeries) {
  Registry registry({.prefix = "bot", .max_series_per_metric = 1});
  registry.Get(kJobs).Add(1, {"a", "success"});
  registry.Get(kJobs).Add(4, {"b", "success"});
  EXPECT_THAT(Expose(registry, Format::kPrometheusText).ToString(),
              HasSubstr("bot_jobs_total{otel_metric_overflow=\"true\"} 4\n"));
}

TEST_F(ExpositionTest, WritesTheShortestNumberThatReadsBackTheSame) {
  EXPECT_EQ(GaugeLine(0.1), "0.1");
  EXPECT_EQ(GaugeLine(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(GaugeLine(1e9), "1000000000");
  EXPECT_EQ(GaugeLine(-0.0), "0");
  EXPECT_EQ(GaugeLine(1e300), "1e+300");
  EXPECT_EQ(GaugeLine(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(GaugeLine(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(GaugeLine(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(GaugeLine(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(Exposition, NamesItsContentTypesExactly) {
  EXPECT_EQ(ContentType(Format::kPrometheusText), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ContentType(Format::kOpenMetrics), "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(ContentType(Format::kProtobuf),
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");
}

struct NegotiationCase {
  std::string_view accept;
  Format format;
};

class Negotiation : public ::testing::TestWithParam<NegotiationCase> {};

TEST_P(Negotiation, PicksTheFormat) { EXPECT_EQ(Negotiate(GetParam().accept), GetParam().format) << GetParam().accept; }

INSTANTIATE_TEST_SUITE_P(
    Accept, Negotiation,
    ::testing::Values(
        NegotiationCase{"", Format::kPrometheusText}, NegotiationCase{"*/*", Format::kPrometheusText},
        NegotiationCase{"text/html,application/xhtml+xml,*/*;q=0.8", Format::kPrometheusText},
        NegotiationCase{"application/json", Format::kPrometheusText},
        // Prometheus 2.42, then 3.
        NegotiationCase{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                        Format::kOpenMetrics},
        NegotiationCase{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                        "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
                        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                        Format::kOpenMetrics},
        NegotiationCase{"application/openmetrics-text", Format::kOpenMetrics},
        NegotiationCase{"Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=0.3", Format::kOpenMetrics},
        NegotiationCase{"application/openmetrics-text;version=2.0.0", Format::kPrometheusText},
        NegotiationCase{"application/openmetrics-text,text/plain", Format::kOpenMetrics},
        NegotiationCase{"application/openmetrics-text;q=0.4,text/plain;q=0.5", Format::kPrometheusText},
        NegotiationCase{"application/openmetrics-text;q=0.5,*/*;q=0.9", Format::kPrometheusText},
        NegotiationCase{"application/openmetrics-text;q=0", Format::kPrometheusText},
        NegotiationCase{"application/openmetrics-text;q=0,*/*", Format::kPrometheusText},
        NegotiationCase{"application/openmetrics-text;q=lots", Format::kPrometheusText},
        NegotiationCase{"application/openmetrics-text;q=nan", Format::kPrometheusText},
        NegotiationCase{"text/plain;q=0,*/*;q=0.1", Format::kOpenMetrics},
        // Prometheus 2.42 with native histograms.
        NegotiationCase{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
                        "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;"
                        "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                        Format::kProtobuf},
        NegotiationCase{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
                        "application/openmetrics-text,text/plain",
                        Format::kProtobuf},
        NegotiationCase{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
                        "q=0.3,text/plain;q=0.5",
                        Format::kPrometheusText},
        NegotiationCase{
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0",
            Format::kPrometheusText},
        NegotiationCase{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
                        Format::kPrometheusText},
        NegotiationCase{"application/vnd.google.protobuf;proto=other;encoding=delimited", Format::kPrometheusText},
        NegotiationCase{"application/vnd.google.protobuf", Format::kPrometheusText},
        NegotiationCase{"application/*", Format::kOpenMetrics}, NegotiationCase{",;=,;;q=,", Format::kPrometheusText}));

}  // namespace
}  // namespace guildscope::metrics
