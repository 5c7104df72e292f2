#include "guildscope/export/wire_encoder.hpp"

#include <gtest/gtest.h>
#include <opentelemetry/common/key_value_iterable_view.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <map>
#include <vector>

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace collector = otel::proto::collector;

std::unique_ptr<WireItem> Make(const WireScope& scope, const google::protobuf::Message& message) {
  auto item = std::make_unique<WireItem>(scope);
  const std::string bytes = message.SerializePartialAsString();
  char* const to = item->Reserve(bytes.size());
  item->Commit(std::copy(bytes.begin(), bytes.end(), to));
  return item;
}

/// Each text is `bad`.
void Fill(const std::string& bad, otel::proto::common::v1::AnyValue& value) {
  auto& list = *value.mutable_array_value();
  list.add_values()->set_string_value(bad);
  list.add_values()->set_int_value(7);
  auto& map = *list.add_values()->mutable_kvlist_value();
  auto& entry = *map.add_values();
  entry.set_key(bad);
  entry.mutable_value()->set_string_value(bad);
}

class WireEncoderTest : public ::testing::Test {
 protected:
  WireEncoderTest() {
    redactor_->AddSecret("secret-of-the-bot");
    resource_.add_attributes()->set_key("service.name");
  }
  otel::proto::resource::v1::Resource resource_;
  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
};

TEST_F(WireEncoderTest, GroupsSpansByTheirScope) {
  const std::map<std::string, std::string> attributes{{"key", "value"}};
  const otel::common::KeyValueIterableView view(attributes);
  const WireScope& one = InternScope("one", "1.0", "https://schema", &view);
  const WireScope& two = InternScope("two");
  EXPECT_EQ(&two, &InternScope("two"));
  EXPECT_NE(&one, &InternScope("one", "1.0", "https://schema"));
  Items items;
  for (const auto& [scope, name] : {std::pair{&one, "a"}, {&two, "b"}, {&one, "c"}}) {
    otel::proto::trace::v1::Span span;
    span.set_name(name);
    items.push_back(Make(*scope, span));
  }
  const Request request = WireEncoder(WireMessage::kSpan, resource_, redactor_).Encode(items);
  EXPECT_EQ(request.items, 3);
  collector::trace::v1::ExportTraceServiceRequest decoded;
  ASSERT_TRUE(decoded.ParseFromString(request.bytes));
  ASSERT_EQ(decoded.resource_spans_size(), 1);
  EXPECT_EQ(decoded.resource_spans(0).resource().attributes(0).key(), "service.name");
  ASSERT_EQ(decoded.resource_spans(0).scope_spans_size(), 2);
  const auto& first = decoded.resource_spans(0).scope_spans(0);
  EXPECT_EQ(first.scope().name(), "one");
  EXPECT_EQ(first.scope().version(), "1.0");
  EXPECT_EQ(first.scope().attributes(0).value().string_value(), "value");
  EXPECT_EQ(first.schema_url(), "https://schema");
  ASSERT_EQ(first.spans_size(), 2);
  EXPECT_EQ(first.spans(1).name(), "c");
  EXPECT_EQ(decoded.resource_spans(0).scope_spans(1).schema_url(), "");
}

TEST_F(WireEncoderTest, ReplacesSecretsAndInvalidUtf8InEveryTextOfASpan) {
  const std::string bad = "secret-of-the-bot \xff";
  const std::string good = "*** \xEF\xBF\xBD";
  otel::proto::trace::v1::Span span;
  span.set_trace_id(std::string(16, '\xff'));
  span.set_name(bad);
  span.mutable_status()->set_message(bad);
  Fill(bad, *span.add_attributes()->mutable_value());
  auto& event = *span.add_events();
  event.set_name(bad);
  event.set_time_unix_nano(~0ULL);
  event.add_attributes()->mutable_value()->set_string_value(bad);
  span.add_links()->add_attributes()->mutable_value()->set_string_value(bad);
  span.set_flags(0x101);
  Items items;
  items.push_back(Make(InternScope("one"), span));
  collector::trace::v1::ExportTraceServiceRequest decoded;
  ASSERT_TRUE(decoded.ParseFromString(WireEncoder(WireMessage::kSpan, resource_, redactor_).Encode(items).bytes))
      << "protocol buffers refuse text that is no UTF-8";
  const auto& sent = decoded.resource_spans(0).scope_spans(0).spans(0);
  EXPECT_EQ(sent.trace_id(), span.trace_id());
  EXPECT_EQ(sent.name(), good);
  EXPECT_EQ(sent.status().message(), good);
  const auto& list = sent.attributes(0).value().array_value();
  EXPECT_EQ(list.values(0).string_value(), good);
  EXPECT_EQ(list.values(1).int_value(), 7);
  EXPECT_EQ(list.values(2).kvlist_value().values(0).key(), "secret-of-the-bot \xEF\xBF\xBD") << "as keys always were";
  EXPECT_EQ(list.values(2).kvlist_value().values(0).value().string_value(), good);
  EXPECT_EQ(sent.events(0).name(), good);
  EXPECT_EQ(sent.events(0).time_unix_nano(), ~0ULL);
  EXPECT_EQ(sent.events(0).attributes(0).value().string_value(), good);
  EXPECT_EQ(sent.links(0).attributes(0).value().string_value(), good);
  EXPECT_EQ(sent.flags(), 0x101);
}

TEST_F(WireEncoderTest, ReplacesSecretsAndInvalidUtf8InEveryTextOfALogRecord) {
  const std::string bad = "secret-of-the-bot \xff";
  const std::string good = "*** \xEF\xBF\xBD";
  otel::proto::logs::v1::LogRecord record;
  record.set_event_name(bad);
  record.mutable_body()->set_string_value(bad);
  record.set_span_id("\xff\xff\xff\xff\xff\xff\xff\xff");
  auto& attribute = *record.add_attributes();
  attribute.set_key("key \xff");
  Fill(bad, *attribute.mutable_value());
  Items items;
  items.push_back(Make(InternScope("one"), record));
  collector::logs::v1::ExportLogsServiceRequest decoded;
  ASSERT_TRUE(decoded.ParseFromString(WireEncoder(WireMessage::kLogRecord, resource_, redactor_).Encode(items).bytes));
  const auto& sent = decoded.resource_logs(0).scope_logs(0).log_records(0);
  EXPECT_EQ(sent.body().string_value(), good);
  EXPECT_EQ(sent.event_name(), good);
  EXPECT_EQ(sent.attributes(0).key(), "key \xEF\xBF\xBD");
  EXPECT_EQ(sent.attributes(0).value().array_value().values(0).string_value(), good);
  EXPECT_EQ(sent.span_id(), record.span_id());
}

TEST_F(WireEncoderTest, LeavesTextThatIsUtf8AsItIs) {
  otel::proto::trace::v1::Span span;
  span.set_name("caf\xC3\xA9");
  span.add_attributes()->mutable_value()->set_int_value(-1);
  Items items;
  items.push_back(Make(InternScope("one"), span));
  const Request request = WireEncoder(WireMessage::kSpan, resource_, redactor_).Encode(items);
  EXPECT_NE(request.bytes.find(span.SerializeAsString()), std::string::npos);
}

}  // namespace
}  // namespace guildscope::exporting
