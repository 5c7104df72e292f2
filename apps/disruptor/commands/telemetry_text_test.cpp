#include "apps/disruptor/commands/telemetry_text.hpp"

#include <gtest/gtest.h>

namespace disruptor {
namespace {

TEST(TelemetryText, ShowsNoSecretsOfAUrl) {
  EXPECT_EQ(PublicUrl("http://collector:4318/v1/traces"), "http://collector:4318/v1/traces");
  EXPECT_EQ(PublicUrl("https://user:p@ss@collector:4318/v1/traces?key=secret#x"), "https://collector:4318/v1/traces");
  EXPECT_EQ(PublicUrl("collector:4317"), "collector:4317");
  EXPECT_EQ(PublicUrl("user:secret@collector:4317?key=secret"), "collector:4317");
  EXPECT_EQ(PublicUrl("http://collector/a@b"), "http://collector/a@b");
  EXPECT_EQ(PublicUrl("http://collector?a/b@c"), "http://collector");
  EXPECT_EQ(PublicUrl(""), "");
}

TEST(TelemetryText, NamesEveryRoad) {
  guildscope::config::TelemetryOptions options;
  EXPECT_EQ(DescribeTelemetry(options, 8080), "metrics at http://127.0.0.1:8080/metrics.");
  options.otlp_enabled = true;
  options.logs.exporter = guildscope::config::Exporter::kNone;
  EXPECT_EQ(DescribeTelemetry(options, 8080),
            "metrics at http://127.0.0.1:8080/metrics; metrics to http://localhost:4317 (OTLP/gRPC); "
            "traces to http://localhost:4318/v1/traces (OTLP/HTTP).");
  options.sdk_disabled = true;
  EXPECT_EQ(DescribeTelemetry(options, 0), "it goes nowhere.");
}

}  // namespace
}  // namespace disruptor
