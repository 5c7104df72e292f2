#include "guildscope/metrics/prometheus_name.hpp"

#include <gtest/gtest.h>

namespace guildscope::metrics {
namespace {

struct NameCase {
  std::string_view name;
  std::string_view unit;
  Kind kind;
  std::string_view expected;
};

class PrometheusNames : public ::testing::TestWithParam<NameCase> {};

TEST_P(PrometheusNames, AreWhatPrometheusTranslates) {
  const NameCase& row = GetParam();
  EXPECT_EQ(PrometheusName(row.name, row.unit, row.kind), row.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, PrometheusNames,
    ::testing::Values(NameCase{"requests", "", Kind::kCounter, "requests_total"},
                      NameCase{"requests_total", "", Kind::kCounter, "requests_total"},
                      NameCase{"total.requests", "", Kind::kCounter, "requests_total"},
                      NameCase{"cpu.seconds.total", "s", Kind::kCounter, "cpu_seconds_total"},
                      NameCase{"response_time_seconds", "s", Kind::kGauge, "response_time_seconds"},
                      NameCase{"cpu_usage", "1", Kind::kGauge, "cpu_usage_ratio"},
                      NameCase{"cpu_usage_ratio", "1", Kind::kGauge, "cpu_usage_ratio"},
                      NameCase{"items", "1", Kind::kCounter, "items_total"},
                      NameCase{"items", "1", Kind::kUpDownCounter, "items"},
                      NameCase{"items", "1", Kind::kHistogram, "items"},
                      NameCase{"response_time", "ms", Kind::kHistogram, "response_time_milliseconds"},
                      NameCase{"throughput", "By/s", Kind::kGauge, "throughput_bytes_per_second"},
                      NameCase{"requests", "1/s", Kind::kGauge, "requests_per_second"},
                      NameCase{"custom", "{thing}", Kind::kGauge, "custom"},
                      NameCase{"custom", "By/{thing}", Kind::kGauge, "custom_bytes"},
                      NameCase{"custom", "{thing}/s", Kind::kGauge, "custom_per_second"},
                      NameCase{"custom", "unit@with#special/chars", Kind::kGauge, "custom_unit_with_special_per_chars"},
                      NameCase{"a..b__c", "", Kind::kGauge, "a_b_c"}, NameCase{"1st", "", Kind::kGauge, "_1st"},
                      NameCase{"process.cpu.time", "s", Kind::kCounter, "process_cpu_time_seconds_total"}));

TEST(PrometheusUnit, IsTheSuffixOfTheName) {
  EXPECT_EQ(PrometheusUnit("s"), "seconds");
  EXPECT_EQ(PrometheusUnit("By/s"), "bytes_per_second");
  EXPECT_EQ(PrometheusUnit("1"), "");
  EXPECT_EQ(PrometheusUnit("{job}"), "");
  EXPECT_EQ(PrometheusUnit(""), "");
}

TEST(PrometheusLabelName, IsWhatPrometheusTranslates) {
  EXPECT_EQ(PrometheusLabelName("db.system.name"), "db_system_name");
  EXPECT_EQ(PrometheusLabelName("guild_id"), "guild_id");
  EXPECT_EQ(PrometheusLabelName("_private"), "key_private");
  EXPECT_EQ(PrometheusLabelName("1st"), "key_1st");
  EXPECT_EQ(PrometheusLabelName("otel.metric.overflow"), "otel_metric_overflow");
}

}  // namespace
}  // namespace guildscope::metrics
