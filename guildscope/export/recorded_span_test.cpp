#include "guildscope/export/recorded_span.hpp"

#include <gtest/gtest.h>
#include <opentelemetry/common/key_value_iterable_view.h>

#include <map>
#include <thread>
#include <vector>

#include "guildscope/export/collected_spans.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace proto = otel::proto::trace::v1;
using Texts = std::map<std::string, std::string>;
using otel::trace::StatusCode;

otel::trace::SpanContext Identity(bool remote) {
  static constexpr std::uint8_t kTrace[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  static constexpr std::uint8_t kSpan[8] = {1, 1, 2, 3, 5, 8, 13, 21};
  return {otel::trace::TraceId(kTrace), otel::trace::SpanId(kSpan), otel::trace::TraceFlags(1), remote,
          otel::trace::TraceState::FromHeader("vendor=1")};
}
const std::string kTraceBytes("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16);
const std::string kSpanBytes("\1\1\2\3\5\10\15\25", 8);

TEST(RecordedSpan, SaysWhoItIsWhenItWasAndWhatKind) {
  CollectedSpans spans;
  otel::trace::StartSpanOptions options;
  options.kind = otel::trace::SpanKind::kConsumer;
  options.parent = Identity(/*remote=*/true);
  options.start_system_time = otel::common::SystemTimestamp(std::chrono::nanoseconds(1'000));
  options.start_steady_time = otel::common::SteadyTimestamp(std::chrono::nanoseconds(70));
  const auto span = spans.tracer()->StartSpan("name", options);
  otel::trace::EndSpanOptions end;
  end.end_steady_time = otel::common::SteadyTimestamp(std::chrono::nanoseconds(570));
  EXPECT_TRUE(span->IsRecording());
  span->End(end);
  EXPECT_FALSE(span->IsRecording());
  const proto::Span sent = spans.TakeOne();
  EXPECT_EQ(sent.name(), "name");
  EXPECT_EQ(sent.kind(), proto::Span::SPAN_KIND_CONSUMER);
  EXPECT_EQ(sent.start_time_unix_nano(), 1'000);
  EXPECT_EQ(sent.end_time_unix_nano(), 1'500);
  EXPECT_EQ(sent.trace_id(), kTraceBytes);
  EXPECT_EQ(sent.parent_span_id(), kSpanBytes);
  EXPECT_EQ(sent.trace_state(), "vendor=1");
  EXPECT_EQ(sent.flags(), 1 | proto::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK | proto::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK);
  const auto context = span->GetContext();
  EXPECT_EQ(sent.span_id(), std::string(reinterpret_cast<const char*>(context.span_id().Id().data()), 8));
  EXPECT_EQ(context.trace_state()->ToHeader(), "vendor=1");
  EXPECT_FALSE(context.IsRemote());
}

TEST(RecordedSpan, TakesTheTimeFromTheClocks) {
  CollectedSpans spans;
  const auto now = [] {
    return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                      std::chrono::nanoseconds(1));
  };
  const std::uint64_t before = now();
  spans.tracer()->StartSpan("name")->End();
  const std::uint64_t after = now();
  const proto::Span sent = spans.TakeOne();
  constexpr std::uint64_t kOff = 1'000'000;  // what WallTimeAt may be off on a busy machine
  EXPECT_LE(before, sent.start_time_unix_nano() + kOff);
  EXPECT_LE(sent.start_time_unix_nano(), sent.end_time_unix_nano());
  EXPECT_LE(sent.end_time_unix_nano(), after + kOff);
}

TEST(RecordedSpan, CountsWhatGoesPastEachLimit) {
  CollectedSpans spans({.limits = {.attributes = {.count = 2},
                                   .event_count = 1,
                                   .link_count = 1,
                                   .event_attribute_count = 1,
                                   .link_attribute_count = 0}});
  const Texts two{{"a", "1"}, {"b", "2"}};
  const auto span = spans.tracer()->StartSpan(
      "name", {{"a", "x"}}, {{Identity(true), {{"a", "1"}, {"b", "2"}}}, {Identity(false), {}}, {Identity(false), {}}});
  for (const char* key : {"b", "c", "d"}) span->SetAttribute(key, "x");
  for (const char* name : {"kept", "dropped"}) span->AddEvent(name, two);
  span->SetAttribute("a", "still replaceable");
  span->End();

  const proto::Span sent = spans.TakeOne();
  EXPECT_EQ(sent.attributes_size(), 2);
  EXPECT_EQ(sent.dropped_attributes_count(), 2);
  EXPECT_EQ(sent.attributes(0).value().string_value(), "still replaceable");
  ASSERT_EQ(sent.events_size(), 1);
  EXPECT_EQ(sent.events(0).name(), "kept");
  EXPECT_EQ(sent.events(0).attributes_size(), 1);
  EXPECT_EQ(sent.events(0).dropped_attributes_count(), 1);
  EXPECT_EQ(sent.dropped_events_count(), 1);
  ASSERT_EQ(sent.links_size(), 1);
  EXPECT_EQ(sent.links(0).trace_id(), kTraceBytes);
  EXPECT_EQ(sent.links(0).span_id(), kSpanBytes);
  EXPECT_EQ(sent.links(0).trace_state(), "vendor=1");
  EXPECT_EQ(sent.links(0).flags(),
            1 | proto::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK | proto::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK);
  EXPECT_EQ(sent.links(0).dropped_attributes_count(), 2);
  EXPECT_EQ(sent.dropped_links_count(), 2);
}

TEST(RecordedSpan, AStatusThatIsOkIsFinal) {
  CollectedSpans spans;
  const auto tracer = spans.tracer();
  const auto status_of = [&](const std::vector<std::pair<StatusCode, const char*>>& calls) {
    const auto span = tracer->StartSpan("name");
    for (const auto& [code, description] : calls) {
      span->SetStatus(code, description);
      span->SetAttribute("between", description);
    }
    span->End();
    const proto::Span sent = spans.TakeOne();
    EXPECT_EQ(sent.attributes_size(), 1);
    return std::pair(sent.status().code(), sent.status().message());
  };
  using Status = proto::Status;
  EXPECT_EQ(status_of({{StatusCode::kUnset, "x"}}), std::pair(Status::STATUS_CODE_UNSET, std::string()));
  EXPECT_EQ(status_of({{StatusCode::kError, "failed"}, {StatusCode::kUnset, ""}}),
            std::pair(Status::STATUS_CODE_ERROR, std::string("failed")));
  EXPECT_EQ(status_of({{StatusCode::kError, "failed"}, {StatusCode::kError, "again"}}),
            std::pair(Status::STATUS_CODE_ERROR, std::string("again")));
  EXPECT_EQ(status_of({{StatusCode::kError, "failed"}, {StatusCode::kOk, "ignored"}, {StatusCode::kError, "late"}}),
            std::pair(Status::STATUS_CODE_OK, std::string()));
}

TEST(RecordedSpan, TheLastNameCounts) {
  CollectedSpans spans;
  const auto span = spans.tracer()->StartSpan("first", {{"key", "value"}});
  span->UpdateName("a name that is longer than the first one");
  span->SetAttribute("key", "other");
  span->SetAttribute("more", true);
  span->UpdateName("last");
  span->SetAttribute("more", false);
  span->End();
  const proto::Span sent = spans.TakeOne();
  EXPECT_EQ(sent.name(), "last");
  ASSERT_EQ(sent.attributes_size(), 2);
  EXPECT_EQ(sent.attributes(0).value().string_value(), "other");
  EXPECT_FALSE(sent.attributes(1).value().bool_value());
}

TEST(RecordedSpan, KeepsEventsInOrderWithTheirTimes) {
  CollectedSpans spans;
  const auto span = spans.tracer()->StartSpan("name");
  span->AddEvent("first", otel::common::SystemTimestamp(std::chrono::nanoseconds(5)), {{"n", std::int64_t{1}}});
  span->SetAttribute("n", std::int64_t{7});
  span->AddEvent("second", otel::common::SystemTimestamp(std::chrono::nanoseconds(6)));
  span->AddEvent("third");
  span->End();
  const proto::Span sent = spans.TakeOne();
  ASSERT_EQ(sent.events_size(), 3);
  EXPECT_EQ(sent.events(0).time_unix_nano(), 5);
  EXPECT_EQ(sent.events(0).attributes(0).value().int_value(), 1);
  EXPECT_EQ(sent.events(1).name(), "second");
  EXPECT_GT(sent.events(2).time_unix_nano(), 1'000'000'000'000'000'000);
  EXPECT_EQ(sent.attributes(0).value().int_value(), 7);
}

TEST(RecordedSpan, EndsOnceAndTakesNothingAfterwards) {
  CollectedSpans spans;
  {
    const auto span = spans.tracer()->StartSpan("once");
    span->End();
    span->SetAttribute("late", true);
    span->AddEvent("late");
    span->UpdateName("late");
    span->SetStatus(StatusCode::kError, "late");
    span->End();
  }
  EXPECT_EQ(spans.TakeOne().name(), "once");
  {
    const auto forgotten = spans.tracer()->StartSpan("ended by its destructor");
  }
  EXPECT_EQ(spans.TakeOne().name(), "ended by its destructor");
}

TEST(RecordedSpan, LeavesSecretsAndWhatIsNoUtf8Behind) {
  CollectedSpans spans;
  const auto span = spans.tracer()->StartSpan("secret-of-the-bot");
  span->SetAttribute("url", "https://user:password@host/");
  span->SetAttribute("bad", "caf\xE9");
  span->SetAttribute("good", "caf\xC3\xA9");
  span->AddEvent("exception", {{"exception.message", "secret-of-the-bot was wrong"}});
  span->SetStatus(StatusCode::kError, "with secret-of-the-bot");
  span->End();
  const proto::Span sent = spans.TakeOne();
  EXPECT_EQ(sent.name(), "***");
  EXPECT_EQ(sent.attributes(0).value().string_value(), "https://user:***@host/");
  EXPECT_EQ(sent.attributes(1).value().string_value(), "caf\xEF\xBF\xBD");
  EXPECT_EQ(sent.attributes(2).value().string_value(), "caf\xC3\xA9");
  EXPECT_EQ(sent.events(0).attributes(0).value().string_value(), "*** was wrong");
  EXPECT_EQ(sent.status().message(), "with ***");
}

TEST(RecordedSpan, MayBeWrittenByManyThreadsAtOnce) {
  CollectedSpans spans;
  const auto span = spans.tracer()->StartSpan("shared");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&span, i] {
      const std::string key = "key " + std::to_string(i);
      for (std::int64_t n = 0; n < 1'000; ++n) {
        span->SetAttribute(key, n);
        if (n % 100 == 0) span->AddEvent("event");
        span->UpdateName(key);
      }
      if (i == 0) span->SetStatus(StatusCode::kOk);
    });
  }
  for (std::thread& thread : threads) thread.join();
  span->End();
  const proto::Span sent = spans.TakeOne();
  ASSERT_EQ(sent.attributes_size(), 4);
  for (const auto& attribute : sent.attributes()) EXPECT_EQ(attribute.value().int_value(), 999);
  EXPECT_EQ(sent.events_size(), 40);
  EXPECT_EQ(sent.status().code(), proto::Status::STATUS_CODE_OK);
}

}  // namespace
}  // namespace guildscope::exporting
