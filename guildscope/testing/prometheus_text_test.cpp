#include "guildscope/testing/prometheus_text.hpp"

#include <gtest/gtest.h>

namespace guildscope::testing {
namespace {

TEST(PrometheusText, ReadsNamesLabelsAndValues) {
  const auto samples = ParsePrometheusText("# HELP a b\na 1\nb{x=\"1\",y=\"two words\"} 2.5\nc{} +Inf 1700000000\n");
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0].name, "a");
  EXPECT_EQ(samples[1].labels, (Labels{{"x", "1"}, {"y", "two words"}}));
  EXPECT_EQ(samples[1].value, 2.5);
  EXPECT_GT(samples[2].value, 1e300);
}

TEST(PrometheusText, UnescapesLabelValues) {
  const auto samples = ParsePrometheusText(R"(a{x="q\"b\\n\n}, "} 1)");
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].labels.at("x"), "q\"b\\n\n}, ");
}

TEST(PrometheusText, QuotesALineThatIsNoSample) {
  EXPECT_THROW((void)ParsePrometheusText("a\n"), std::runtime_error);
  EXPECT_THROW((void)ParsePrometheusText("a{x=\"1} 1\n"), std::runtime_error);
  EXPECT_THROW((void)ParsePrometheusText("a{x=\"1\",x=\"2\"} 1\n"), std::runtime_error);
  EXPECT_THROW((void)ParsePrometheusText("a one\n"), std::runtime_error);
}

TEST(PrometheusText, SumsBySomeOfTheLabels) {
  const auto samples =
      ParsePrometheusText("a{g=\"1\",s=\"ok\"} 1\na{g=\"2\",s=\"ok\"} 2\na{g=\"2\",s=\"bad\"} 4\nb 8\n");
  EXPECT_EQ(SumOf(samples, "a", {{"g", "2"}}), 6);
  EXPECT_EQ(SumOf(samples, "none"), 0);
  EXPECT_EQ(SumBy(samples, "a", {"s"}), (std::map<std::string, double>{{"ok", 3}, {"bad", 4}}));
}

}  // namespace
}  // namespace guildscope::testing
