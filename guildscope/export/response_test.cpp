#include "guildscope/export/response.hpp"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

namespace guildscope::exporting {
namespace {

namespace collector = opentelemetry::proto::collector;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(ParseResponse, ReadsAPartialSuccessOfEachSignal) {
  collector::trace::v1::ExportTraceServiceResponse traces;
  traces.mutable_partial_success()->set_rejected_spans(3);
  traces.mutable_partial_success()->set_error_message("too old");
  collector::metrics::v1::ExportMetricsServiceResponse metrics;
  metrics.mutable_partial_success()->set_rejected_data_points(4);
  collector::logs::v1::ExportLogsServiceResponse logs;
  logs.mutable_partial_success()->set_rejected_log_records(5);
  EXPECT_EQ(ParseResponse(Signal::kTraces, traces.SerializeAsString())->rejected, 3);
  EXPECT_EQ(ParseResponse(Signal::kTraces, traces.SerializeAsString())->message, "too old");
  EXPECT_EQ(ParseResponse(Signal::kMetrics, metrics.SerializeAsString())->rejected, 4);
  EXPECT_EQ(ParseResponse(Signal::kLogs, logs.SerializeAsString())->rejected, 5);
}

TEST(ParseResponse, TakesNothingForAFullSuccessAndGarbageForNothing) {
  EXPECT_EQ(ParseResponse(Signal::kTraces, "")->rejected, 0);
  for (const char* garbage : {"<html></html>", "\xff\xff\xff", "{}", "not found"}) {
    EXPECT_FALSE(ParseResponse(Signal::kTraces, garbage)) << garbage;
  }
}

TEST(ParseRetryAfter, ReadsSecondsAndDates) {
  const auto now = std::chrono::system_clock::from_time_t(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(ParseRetryAfter("120", now), milliseconds(120s));
  EXPECT_EQ(ParseRetryAfter(" 0 ", now), milliseconds(0));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:07 GMT", now), milliseconds(30s));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", now), milliseconds(0)) << "in the past";
  EXPECT_EQ(ParseRetryAfter("99999999999", now), milliseconds(24h)) << "bounded, so that no sum overflows";
  for (const char* none : {"", "-1", "soon", "1.5.2", "99999999999999999999999"}) {
    EXPECT_FALSE(ParseRetryAfter(none, now)) << none;
  }
}

std::string Field(int number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) + bytes;
}

std::string StatusWith(const std::string& type, const std::string& value) {
  google::protobuf::Any any;
  any.set_type_url("type.googleapis.com/" + type);
  any.set_value(value);
  return Field(2, "busy") + Field(3, any.SerializeAsString());
}

TEST(ParseRetryInfo, ReadsTheDelay) {
  google::protobuf::Duration delay;
  delay.set_seconds(2);
  delay.set_nanos(500'000'000);
  const std::string info = Field(1, delay.SerializeAsString());
  EXPECT_EQ(ParseRetryInfo(StatusWith("google.rpc.RetryInfo", info)), 2500ms);
  EXPECT_EQ(ParseRetryInfo(StatusWith("google.rpc.RetryInfo", "")), 0ms);
  EXPECT_FALSE(ParseRetryInfo(StatusWith("google.rpc.BadRequest", info)));
  EXPECT_FALSE(ParseRetryInfo(""));
  EXPECT_FALSE(ParseRetryInfo("\xff\xff garbage"));
}

TEST(Excerpt, IsOneShortPrintableLine) {
  EXPECT_EQ(Excerpt("a\r\nb\x01\xff"), "a  b \xEF\xBF\xBD");
  EXPECT_EQ(Excerpt(std::string(1000, 'x')).size(), 200);
}

}  // namespace
}  // namespace guildscope::exporting
