#include "guildscope/testing/prometheus_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "guildscope/http/server.hpp"

namespace guildscope::testing {
namespace {

TEST(PrometheusServer, AnswersQueriesAboutWhatItScraped) {
  http::Server server(http::ServerOptions{});
  server.Handle("GET", "/metrics", [](const http::Request&) {
    http::Response response;
    response.content_type = "text/plain; version=0.0.4";
    response.body = "a_total{x=\"1\"} 3\na_total{x=\"2\"} 4\n";
    return response;
  });
  server.Start();

  PrometheusServer prometheus({server.port()});
  prometheus.WaitForNextScrape();

  const auto sum = prometheus.Query("sum(a_total)");
  ASSERT_EQ(sum.size(), 1U);
  EXPECT_EQ(sum[0].value, 7);
  EXPECT_EQ(SumOf(prometheus.Query("a_total"), "a_total", {{"x", "2"}}), 4);
  EXPECT_EQ(prometheus.Query("scalar(sum(a_total))").at(0).value, 7);
  EXPECT_THROW((void)prometheus.Query("sum("), std::runtime_error);
}

TEST(PrometheusServer, WaitsForAScrapeThatSeesWhatHappenedBefore) {
  std::atomic<int> value{0};
  http::Server server(http::ServerOptions{});
  server.Handle("GET", "/metrics", [&value](const http::Request&) {
    http::Response response;
    response.content_type = "text/plain; version=0.0.4";
    response.body = "a_total " + std::to_string(value) + "\n";
    return response;
  });
  server.Start();
  PrometheusServer prometheus({server.port()});
  for (int i = 1; i <= 3; ++i) {
    value = i;
    prometheus.WaitForNextScrape();
    EXPECT_EQ(prometheus.Query("sum(a_total)").at(0).value, i);
  }
}

}  // namespace
}  // namespace guildscope::testing
