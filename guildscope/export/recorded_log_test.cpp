#include "guildscope/export/recorded_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/logs/severity.h>
#include <opentelemetry/trace/span_id.h>
#include <opentelemetry/trace/trace_flags.h>
#include <opentelemetry/trace/trace_id.h>

#include <string>
#include <vector>

#include "guildscope/export/collected_logs.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
using otel::nostd::string_view;
using ::testing::ElementsAre;

constexpr std::uint8_t kTraceId[16] = {0xff, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr std::uint8_t kSpanId[8] = {0xff, 2, 3, 4, 5, 6, 7, 8};
constexpr std::uint8_t kAnother[16] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};

class RecordedLogTest : public ::testing::Test {
 protected:
  RecordedLog Make(const tracing::SpanContext& span = {}) {
    return {logs_.sink(limits_), InternScope("test"), std::chrono::system_clock::time_point(std::chrono::seconds(2)),
            span};
  }
  otel::proto::logs::v1::LogRecord Emitted(RecordedLog& log) {
    EXPECT_TRUE(log.Emit());
    return logs_.Records().at(0).record;
  }
  static tracing::SpanContext Span() {
    tracing::SpanContext span;
    std::copy(std::begin(kTraceId), std::end(kTraceId), span.trace_id.begin());
    std::copy(std::begin(kSpanId), std::end(kSpanId), span.span_id.begin());
    span.sampled = true;
    return span;
  }
  template <std::size_t N>
  static std::string Bytes(const std::uint8_t (&bytes)[N]) {
    return {reinterpret_cast<const char*>(bytes), N};
  }

  config::AttributeLimits limits_;
  CollectedLogs logs_;
};

TEST_F(RecordedLogTest, IsWhatItWasGiven) {
  RecordedLog log = Make(Span());
  log.SetTimestamp(std::chrono::system_clock::time_point(std::chrono::seconds(1)));
  log.SetSeverity(otel::logs::Severity::kWarn2);
  log.SetBody("caf\xC3\xA9");
  log.SetAttribute("text", "value");
  log.SetAttribute("number", std::int64_t{-7});
  log.SetAttribute("truth", true);
  const std::vector<string_view> list{"a", "b"};
  log.SetAttribute("list", otel::nostd::span<const string_view>(list.data(), list.size()));
  log.SetEventId(42, "an.event");
  const auto record = Emitted(log);
  EXPECT_EQ(record.time_unix_nano(), 1'000'000'000);
  EXPECT_EQ(record.observed_time_unix_nano(), 2'000'000'000);
  EXPECT_EQ(record.severity_number(), otel::proto::logs::v1::SEVERITY_NUMBER_WARN2);
  EXPECT_EQ(record.severity_text(), "WARN2");
  EXPECT_EQ(record.body().string_value(), "caf\xC3\xA9");
  ASSERT_EQ(record.attributes_size(), 4);
  EXPECT_EQ(record.attributes(0).key(), "text");
  EXPECT_EQ(record.attributes(0).value().string_value(), "value");
  EXPECT_EQ(record.attributes(1).value().int_value(), -7);
  EXPECT_TRUE(record.attributes(2).value().bool_value());
  EXPECT_EQ(record.attributes(3).value().array_value().values(1).string_value(), "b");
  EXPECT_EQ(record.dropped_attributes_count(), 0);
  EXPECT_EQ(record.event_name(), "an.event");
  EXPECT_EQ(record.trace_id(), Bytes(kTraceId));
  EXPECT_EQ(record.span_id(), Bytes(kSpanId));
  EXPECT_EQ(record.flags(), 1);
}

TEST_F(RecordedLogTest, HasNoIdsWithoutASpan) {
  RecordedLog log = Make();
  log.SetTraceId(otel::trace::TraceId());
  log.SetSpanId(otel::trace::SpanId());
  const auto record = Emitted(log);
  EXPECT_EQ(record.trace_id(), "");
  EXPECT_EQ(record.span_id(), "");
  EXPECT_EQ(record.flags(), 0);
  EXPECT_EQ(record.severity_number(), otel::proto::logs::v1::SEVERITY_NUMBER_UNSPECIFIED);
  EXPECT_FALSE(record.has_body());
}

TEST_F(RecordedLogTest, BelievesWhatIsSaidLast) {
  for (const bool inside : {false, true}) {
    RecordedLog log = Make(inside ? Span() : tracing::SpanContext());
    const std::vector<std::int64_t> numbers{1, 2, 3};
    log.SetAttribute("before", "long enough to matter");
    log.SetBody(otel::nostd::span<const std::int64_t>(numbers.data(), numbers.size()));
    for (const std::uint8_t(*id)[16] : {&kTraceId, &kAnother}) {
      log.SetTraceId(otel::trace::TraceId(*id));
      log.SetSpanId(otel::trace::SpanId(otel::nostd::span<const std::uint8_t, 8>(*id, 8)));
      log.SetTraceFlags(otel::trace::TraceFlags(0));
    }
    log.SetAttribute("between", "x");
    log.SetAttribute("before", "short");
    log.SetBody("a body");
    log.SetBody(string_view("the last body, which is longer"));
    log.SetSeverity(otel::logs::Severity::kError);
    log.SetSeverity(otel::logs::Severity::kDebug);
    log.SetObservedTimestamp(std::chrono::system_clock::time_point(std::chrono::seconds(9)));
    const auto record = Emitted(log);
    EXPECT_EQ(record.body().string_value(), "the last body, which is longer");
    EXPECT_EQ(record.severity_text(), "DEBUG");
    EXPECT_EQ(record.severity_number(), otel::proto::logs::v1::SEVERITY_NUMBER_DEBUG);
    EXPECT_EQ(record.trace_id(), Bytes(kAnother));
    EXPECT_EQ(record.span_id(), Bytes(kAnother).substr(0, 8));
    EXPECT_EQ(record.flags(), 0);
    EXPECT_EQ(record.observed_time_unix_nano(), 9'000'000'000);
    ASSERT_EQ(record.attributes_size(), 2);
    EXPECT_EQ(record.attributes(0).value().string_value(), "short");
    EXPECT_EQ(record.attributes(1).value().string_value(), "x");
    logs_.Clear();
  }
}

TEST_F(RecordedLogTest, KeepsTheLimitsAndCountsWhatGoesPastThem) {
  limits_ = {.value_length = 3, .count = 1};
  RecordedLog log = Make();
  log.SetBody("a body is no attribute");
  log.SetAttribute("kept", "abcdef");
  log.SetAttribute("dropped", "x");
  log.SetAttribute("dropped too", "x");
  log.SetAttribute("kept", "ghijkl");
  const auto record = Emitted(log);
  EXPECT_EQ(record.body().string_value(), "a body is no attribute");
  ASSERT_EQ(record.attributes_size(), 1);
  EXPECT_EQ(record.attributes(0).value().string_value(), "ghi");
  EXPECT_EQ(record.dropped_attributes_count(), 2);
}

TEST_F(RecordedLogTest, MayBeAsLongAsItLikes) {
  RecordedLog log = Make(Span());
  const std::string body(100'000, 'x');
  log.SetBody(string_view(body));
  for (int i = 0; i < 100; ++i) log.SetAttribute("key " + std::to_string(i), string_view(body.data(), 100));
  const auto record = Emitted(log);
  EXPECT_EQ(record.body().string_value(), body);
  EXPECT_EQ(record.attributes_size(), 100);
  EXPECT_EQ(record.trace_id(), Bytes(kTraceId));
}

TEST_F(RecordedLogTest, IsHandedOverOnce) {
  RecordedLog log = Make();
  log.SetBody("once");
  EXPECT_TRUE(log.Emit());
  log.SetBody("after the end");
  log.SetSeverity(otel::logs::Severity::kInfo);
  log.SetTimestamp(std::chrono::system_clock::now());
  EXPECT_FALSE(log.Emit());
  const auto records = logs_.Records();
  ASSERT_EQ(records.size(), 1);
  EXPECT_EQ(records[0].record.body().string_value(), "once");
}

TEST_F(RecordedLogTest, FindsAnAttributeWhereverTheBodyHasMovedIt) {
  RecordedLog log = Make();
  log.SetBody("short");
  log.SetAttribute("first", "one");
  log.SetAttribute("second", "one");
  log.SetBody("a body that is much longer than the one before");
  log.SetAttribute("first", "two");
  log.SetBody("x");
  log.SetAttribute("second", "two");
  const auto record = Emitted(log);
  EXPECT_EQ(record.body().string_value(), "x");
  ASSERT_EQ(record.attributes_size(), 2);
  EXPECT_EQ(record.attributes(0).value().string_value(), "two");
  EXPECT_EQ(record.attributes(1).value().string_value(), "two");
}

TEST_F(RecordedLogTest, LeavesRoomForWhatIsMoreImportant) {
  using otel::logs::Severity;
  CollectedLogs small(100);
  const auto fill = [&](Severity severity) {
    std::size_t taken = 0;
    for (;; ++taken) {
      RecordedLog log(small.sink(limits_), InternScope("test"), {}, {});
      log.SetSeverity(severity);
      if (!log.Emit()) return taken;
    }
  };
  small.Hold();
  EXPECT_EQ(fill(Severity::kTrace), 50);
  EXPECT_EQ(fill(Severity::kDebug), 0);
  EXPECT_EQ(fill(Severity::kInfo), 20);
  EXPECT_EQ(fill(Severity::kInvalid), 0) << "counts as INFO";
  EXPECT_EQ(fill(Severity::kWarn4), 15);
  EXPECT_EQ(fill(Severity::kError), 15);
  EXPECT_EQ(fill(Severity::kFatal), 0);
  EXPECT_THAT((*small.sink(limits_))->dropped(), ElementsAre(2, 2, 1, 1, 1));
  EXPECT_EQ(small.account().not_submitted(Loss::kQueueFull), 7);
}

}  // namespace
}  // namespace guildscope::exporting
