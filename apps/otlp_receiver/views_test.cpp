#include "apps/otlp_receiver/views.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/process.hpp"

namespace guildscope::otlp_receiver {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
namespace collector = opentelemetry::proto::collector;

struct NewSpan {
  const char* name;
  const char* trace_id;
  const char* id;
  const char* parent;
};

void AddSpans(testing::OtlpStore& store, const std::vector<NewSpan>& spans) {
  collector::trace::v1::ExportTraceServiceRequest request;
  auto& scope = *request.add_resource_spans()->add_scope_spans();
  std::uint64_t start = 1'700'000'000'000'000'000;
  for (const NewSpan& from : spans) {
    auto& span = *scope.add_spans();
    span.set_name(from.name);
    span.set_trace_id(from.trace_id);
    span.set_span_id(from.id);
    span.set_parent_span_id(from.parent);
    span.set_start_time_unix_nano(start++);
    span.set_end_time_unix_nano(start + 2'000'000);
  }
  store.Add(request);
}

TEST(TracesView, NestsChildrenUnderTheirParents) {
  testing::OtlpStore store;
  AddSpans(store, {{"command", "t1", "a", ""}, {"statement", "t1", "b", "a"}, {"request", "t1", "c", "a"}});
  const json view = TracesView(store, "", 10);
  ASSERT_EQ(view.size(), 1);
  const json& root = view[0]["spans"][0];
  EXPECT_EQ(root["name"], "command");
  EXPECT_EQ(root["children"].size(), 2);
  EXPECT_EQ(root["children"][0]["name"], "statement");
  EXPECT_EQ(root["start"], "2023-11-14T22:13:20Z");
}

TEST(TracesView, ShowsASpanWhoseParentDidNotArriveAtTheTop) {
  testing::OtlpStore store;
  AddSpans(store, {{"orphan", "t1", "b", "gone"}});
  EXPECT_EQ(TracesView(store, "", 10)[0]["spans"][0]["name"], "orphan");
}

TEST(TracesView, ShowsTheNewestFirstAndOnlyThoseWithTheName) {
  testing::OtlpStore store;
  AddSpans(store, {{"a", "t1", "1", ""}, {"b", "t2", "2", ""}, {"a", "t3", "3", ""}});
  EXPECT_EQ(TracesView(store, "", 2).size(), 2);
  const json view = TracesView(store, "a", 10);
  ASSERT_EQ(view.size(), 2);
  EXPECT_EQ(view[0]["trace_id"], testing::ToHex("t3"));
}

TEST(CountsView, CountsWhatTheLimitForgot) {
  testing::OtlpStore store(1);
  AddSpans(store, {{"a", "t1", "1", ""}, {"a", "t2", "2", ""}, {"b", "t3", "3", ""}});
  EXPECT_EQ(CountsView(store)["spans"], (json{{"a", 2}, {"b", 1}}));
  EXPECT_EQ(store.Spans().size(), 1);
}

TEST(LatestMetricsView, ShowsTheNewestPointOfASeries) {
  testing::OtlpStore store;
  collector::metrics::v1::ExportMetricsServiceRequest request;
  auto& metric = *request.add_resource_metrics()->add_scope_metrics()->add_metrics();
  metric.set_name("jobs");
  auto& point = *metric.mutable_sum()->add_data_points();
  point.set_as_int(5);
  point.set_time_unix_nano(2);
  store.Add(request);
  point.set_as_int(4);
  point.set_time_unix_nano(1);
  store.Add(request);
  const json view = LatestMetricsView(store);
  ASSERT_EQ(view.size(), 1);
  EXPECT_EQ(view[0]["name"], "jobs");
  EXPECT_EQ(view[0]["value"], 5);
}

TEST(OtlpReceiverProgram, PrintsItsPortsAnswersAndEndsAtSigterm) {
  testing::Process receiver({.command = {OTLP_RECEIVER}});
  const json ports = receiver.WaitForEvent("listening", 60s);
  collector::logs::v1::ExportLogsServiceRequest request;
  auto& scope = *request.add_resource_logs()->add_scope_logs();
  scope.mutable_scope()->set_name("music");
  scope.add_log_records()->mutable_body()->set_string_value("now playing");
  const auto sent =
      testing::Post(ports.at("http_port"), "/v1/logs", request.SerializeAsString(), "application/x-protobuf");
  EXPECT_EQ(sent.status, 200);

  const std::uint16_t control = ports.at("control_port");
  EXPECT_EQ(json::parse(testing::Get(control, "/counts").body)["logs"], (json{{"music", 1}}));
  EXPECT_EQ(json::parse(testing::Get(control, "/logs?logger=music").body)[0]["body"], "now playing");
  EXPECT_EQ(json::parse(testing::Get(control, "/traces?name=any").body), json::array());
  EXPECT_EQ(json::parse(testing::Get(control, "/metrics/latest").body), json::array());
  receiver.Signal(SIGTERM);
  EXPECT_EQ(receiver.Wait(60s), (testing::ProcessEnd{.exit_status = 0}));
}

}  // namespace
}  // namespace guildscope::otlp_receiver
