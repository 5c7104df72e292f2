#include "guildscope/export/span_recordable.hpp"

#include <gtest/gtest.h>
#include <opentelemetry/common/key_value_iterable_view.h>
#include <opentelemetry/trace/trace_state.h>

#include <limits>
#include <map>
#include <vector>

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace proto = otel::proto::trace::v1;
using Texts = std::map<std::string, std::string>;

class SpanRecordableTest : public ::testing::Test {
 protected:
  SpanRecordable Make(const config::SpanLimits& limits = {}) {
    auto redactor = std::make_shared<Redactor>();
    redactor->AddSecret("secret-of-the-bot");
    return SpanRecordable(std::make_shared<const SpanSettings>(limits, redactor));
  }

  static std::string Text(SpanRecordable& recordable, int at) {
    return recordable.span().attributes(at).value().string_value();
  }

  static otel::trace::SpanContext Identity(bool remote = false) {
    static constexpr std::uint8_t kTrace[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    static constexpr std::uint8_t kSpan[8] = {1, 1, 2, 3, 5, 8, 13, 21};
    return {otel::trace::TraceId(kTrace), otel::trace::SpanId(kSpan), otel::trace::TraceFlags(1), remote,
            otel::trace::TraceState::FromHeader("vendor=1")};
  }
};

TEST_F(SpanRecordableTest, WritesEveryTypeOfAttribute) {
  SpanRecordable recordable = Make();
  const std::vector<std::int64_t> numbers{1, -2};
  const std::vector<otel::nostd::string_view> words{"a", "b"};
  recordable.SetAttribute("bool", true);
  recordable.SetAttribute("int", std::int32_t{-7});
  recordable.SetAttribute("unsigned", std::uint32_t{7});
  recordable.SetAttribute("too large", std::numeric_limits<std::uint64_t>::max());
  recordable.SetAttribute("double", 0.5);
  recordable.SetAttribute("literal", "text");
  recordable.SetAttribute("numbers", otel::nostd::span<const std::int64_t>(numbers.data(), numbers.size()));
  recordable.SetAttribute("words", otel::nostd::span<const otel::nostd::string_view>(words.data(), words.size()));
  const auto& attributes = recordable.span().attributes();
  ASSERT_EQ(attributes.size(), 8);
  EXPECT_TRUE(attributes[0].value().bool_value());
  EXPECT_EQ(attributes[1].value().int_value(), -7);
  EXPECT_EQ(attributes[2].value().int_value(), 7);
  EXPECT_EQ(attributes[3].value().string_value(), "18446744073709551615");
  EXPECT_EQ(attributes[4].value().double_value(), 0.5);
  EXPECT_EQ(attributes[5].value().string_value(), "text");
  EXPECT_EQ(attributes[6].value().array_value().values(1).int_value(), -2);
  EXPECT_EQ(attributes[7].value().array_value().values(0).string_value(), "a");
}

TEST_F(SpanRecordableTest, TheLastValueOfAKeyCounts) {
  SpanRecordable recordable = Make();
  recordable.SetAttribute("key", "first");
  recordable.SetAttribute("key", std::int64_t{2});
  recordable.SetAttribute("", "no key");
  ASSERT_EQ(recordable.span().attributes_size(), 1);
  EXPECT_EQ(recordable.span().attributes(0).value().int_value(), 2);
}

TEST_F(SpanRecordableTest, CountsWhatGoesPastEachLimit) {
  SpanRecordable recordable = Make({.attributes = {.count = 2},
                                    .event_count = 1,
                                    .link_count = 1,
                                    .event_attribute_count = 1,
                                    .link_attribute_count = 0});
  for (const char* key : {"a", "b", "c", "d"}) recordable.SetAttribute(key, "x");
  recordable.SetAttribute("a", "still replaceable");
  const Texts two{{"a", "1"}, {"b", "2"}};
  const otel::common::KeyValueIterableView<Texts> view(two);
  for (const char* name : {"kept", "dropped"}) recordable.AddEvent(name, otel::common::SystemTimestamp(), view);
  for (int i = 0; i < 3; ++i) recordable.AddLink(Identity(), view);

  const proto::Span& span = recordable.span();
  EXPECT_EQ(span.attributes_size(), 2);
  EXPECT_EQ(span.dropped_attributes_count(), 2);
  EXPECT_EQ(Text(recordable, 0), "still replaceable");
  ASSERT_EQ(span.events_size(), 1);
  EXPECT_EQ(span.events(0).name(), "kept");
  EXPECT_EQ(span.events(0).attributes_size(), 1);
  EXPECT_EQ(span.events(0).dropped_attributes_count(), 1);
  EXPECT_EQ(span.dropped_events_count(), 1);
  ASSERT_EQ(span.links_size(), 1);
  EXPECT_EQ(span.links(0).dropped_attributes_count(), 2);
  EXPECT_EQ(span.dropped_links_count(), 2);
}

TEST_F(SpanRecordableTest, CutsLongTextsBetweenCharactersAndLeavesNoHalfOfASecret) {
  SpanRecordable recordable = Make({.attributes = {.value_length = 5}});
  recordable.SetAttribute("ascii", "0123456789");
  recordable.SetAttribute("characters", "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC");
  recordable.SetAttribute("five characters", "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC");
  recordable.SetAttribute("secret", "secret-of-the-bot");
  recordable.SetAttribute("not text", std::int64_t{1234567});
  EXPECT_EQ(Text(recordable, 0), "01234");
  EXPECT_EQ(Text(recordable, 1).size(), 15);
  EXPECT_EQ(Text(recordable, 2).size(), 15);
  EXPECT_EQ(Text(recordable, 3), "***");
  EXPECT_EQ(recordable.span().attributes(4).value().int_value(), 1234567);
}

TEST_F(SpanRecordableTest, AStatusThatIsOkIsFinal) {
  using otel::trace::StatusCode;
  SpanRecordable recordable = Make();
  recordable.SetStatus(StatusCode::kError, "failed");
  EXPECT_EQ(recordable.span().status().message(), "failed");
  recordable.SetStatus(StatusCode::kUnset, "");
  EXPECT_EQ(recordable.span().status().code(), proto::Status::STATUS_CODE_ERROR);
  recordable.SetStatus(StatusCode::kOk, "ignored");
  recordable.SetStatus(StatusCode::kError, "too late");
  EXPECT_EQ(recordable.span().status().code(), proto::Status::STATUS_CODE_OK);
  EXPECT_EQ(recordable.span().status().message(), "");
}

TEST_F(SpanRecordableTest, WritesIdentityKindAndTimes) {
  SpanRecordable recordable = Make();
  recordable.SetIdentity(Identity(), otel::trace::SpanId());
  recordable.SetSpanKind(otel::trace::SpanKind::kConsumer);
  recordable.SetStartTime(otel::common::SystemTimestamp(std::chrono::nanoseconds(1'000)));
  recordable.SetDuration(std::chrono::nanoseconds(500));
  recordable.AddLink(Identity(true), otel::common::NoopKeyValueIterable());
  const proto::Span& span = recordable.span();
  EXPECT_EQ(span.trace_id(), std::string("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16));
  EXPECT_EQ(span.span_id(), std::string("\1\1\2\3\5\10\15\25", 8));
  EXPECT_EQ(span.parent_span_id(), "");
  EXPECT_EQ(span.trace_state(), "vendor=1");
  EXPECT_EQ(span.kind(), proto::Span::SPAN_KIND_CONSUMER);
  EXPECT_EQ(span.end_time_unix_nano(), 1'500);
  EXPECT_EQ(span.links(0).flags(),
            1 | proto::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK | proto::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK);
}

}  // namespace
}  // namespace guildscope::exporting
