#include "guildscope/export/wire_attributes.hpp"

#include <gtest/gtest.h>
#include <opentelemetry/common/key_value_iterable_view.h>
#include <opentelemetry/proto/trace/v1/trace.pb.h>

#include <limits>
#include <map>
#include <vector>

#include "guildscope/export/otlp_record_fields.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace fields = otlp_fields;

class WireAttributesTest : public ::testing::Test {
 protected:
  WireAttributesTest() { redactor_->AddSecret("secret-of-the-bot"); }

  /// What a span holds whose bytes are those of the item.
  otel::proto::trace::v1::Span Decode() {
    otel::proto::trace::v1::Span span;
    if (!span.ParseFromArray(item_.data(), static_cast<int>(item_.size()))) throw std::runtime_error("no span");
    return span;
  }
  void Set(std::string_view key, const otel::common::AttributeValue& value) { writer_.Set(key, value, list_, item_); }
  std::string Text(int at) { return Decode().attributes(at).value().string_value(); }

  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
  WireAttributes writer_{SIZE_MAX, redactor_};
  WireItem item_{InternScope("a test")};
  AttributeList list_{.tag = fields::kSpanAttribute, .limit = SIZE_MAX};
};

TEST_F(WireAttributesTest, HideWhatIsSecretByItsName) {
  const std::vector<otel::nostd::string_view> headers{"Bot abc.def"};
  Set("http.request.header.Authorization",
      otel::nostd::span<const otel::nostd::string_view>(headers.data(), headers.size()));
  Set("authorizations", "three");
  Set("Proxy-Authorization", "Basic abc");
  Set("authorization", std::int64_t{12'345});
  EXPECT_EQ(Text(0), "***");
  EXPECT_EQ(Text(1), "three");
  EXPECT_EQ(Text(2), "***");
  EXPECT_EQ(Text(3), "***");
}

TEST_F(WireAttributesTest, WriteEveryTypeOfValue) {
  const std::vector<std::int64_t> numbers{1, -2};
  const std::vector<otel::nostd::string_view> words{"a", "b"};
  const bool flags[] = {true, false};
  const std::vector<std::uint64_t> large{7, std::numeric_limits<std::uint64_t>::max()};
  const std::uint8_t bytes[] = {0, 255};
  Set("bool", true);
  Set("int", std::int32_t{-7});
  Set("unsigned", std::uint32_t{7});
  Set("too large", std::numeric_limits<std::uint64_t>::max());
  Set("double", 0.5);
  Set("literal", "text");
  Set("empty", "");
  Set("numbers", otel::nostd::span<const std::int64_t>(numbers.data(), numbers.size()));
  Set("words", otel::nostd::span<const otel::nostd::string_view>(words.data(), words.size()));
  Set("flags", otel::nostd::span<const bool>(flags, 2));
  Set("large", otel::nostd::span<const std::uint64_t>(large.data(), large.size()));
  Set("bytes", otel::nostd::span<const std::uint8_t>(bytes, 2));
  Set("none", otel::nostd::span<const double>());
  const auto span = Decode();
  const auto& attributes = span.attributes();
  ASSERT_EQ(attributes.size(), 13);
  EXPECT_EQ(attributes[0].key(), "bool");
  EXPECT_TRUE(attributes[0].value().bool_value());
  EXPECT_EQ(attributes[1].value().int_value(), -7);
  EXPECT_EQ(attributes[2].value().int_value(), 7);
  EXPECT_EQ(attributes[3].value().string_value(), "18446744073709551615");
  EXPECT_EQ(attributes[4].value().double_value(), 0.5);
  EXPECT_EQ(attributes[5].value().string_value(), "text");
  EXPECT_TRUE(attributes[6].value().has_string_value());
  EXPECT_EQ(attributes[7].value().array_value().values(1).int_value(), -2);
  EXPECT_EQ(attributes[8].value().array_value().values(0).string_value(), "a");
  EXPECT_TRUE(attributes[9].value().array_value().values(0).bool_value());
  EXPECT_EQ(attributes[10].value().array_value().values(1).string_value(), "18446744073709551615");
  EXPECT_EQ(attributes[11].value().bytes_value(), std::string("\0\xff", 2));
  EXPECT_TRUE(attributes[12].value().has_array_value());
}

TEST_F(WireAttributesTest, TheLastValueOfAKeyCountsWhereTheFirstStood) {
  Set("key", "first");
  Set("other", std::string(200, 'x').c_str());
  Set("key", std::int64_t{2});
  Set("other", "y");
  Set("key", "a text that is longer than what was there");
  Set("", "no key");
  const auto span = Decode();
  ASSERT_EQ(span.attributes_size(), 2);
  EXPECT_EQ(span.attributes(0).value().string_value(), "a text that is longer than what was there");
  EXPECT_EQ(span.attributes(1).value().string_value(), "y");
  EXPECT_EQ(list_.count, 2);
}

TEST_F(WireAttributesTest, AreToldApartHoweverManyThereAre) {
  constexpr std::int64_t kKeys = 300;
  for (const std::int64_t round : {1, 2}) {
    for (std::int64_t i = 0; i < kKeys; ++i) Set("key " + std::to_string(i), i * round);
  }
  const auto span = Decode();
  ASSERT_EQ(span.attributes_size(), kKeys);
  EXPECT_EQ(list_.count, kKeys);
  for (int i = 0; i < kKeys; ++i) {
    EXPECT_EQ(span.attributes(i).key(), "key " + std::to_string(i));
    EXPECT_EQ(span.attributes(i).value().int_value(), 2 * i);
  }
}

// Lengths of one byte and of two are written by different code.
TEST_F(WireAttributesTest, OfEverySizeAreReadAsTheyWereWritten) {
  for (std::size_t key = 1; key < 140; ++key) {
    for (const std::size_t text : {0, 1, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100, 119, 120, 121, 125, 130}) {
      item_.Truncate(0);
      list_ = {.tag = fields::kSpanAttribute, .limit = SIZE_MAX};
      const std::string name(key, 'k');
      const std::string value(text, 'v');
      Set(name, otel::nostd::string_view(value.data(), value.size()));
      Set(name + "i", std::int64_t{-1});
      Set(name + "j", static_cast<std::int64_t>(text));
      const auto span = Decode();
      ASSERT_EQ(span.attributes_size(), 3);
      EXPECT_EQ(span.attributes(0).key(), name);
      EXPECT_EQ(span.attributes(0).value().string_value(), value);
      EXPECT_EQ(span.attributes(1).value().int_value(), -1);
      EXPECT_EQ(span.attributes(2).value().int_value(), static_cast<std::int64_t>(text));
    }
  }
}

TEST_F(WireAttributesTest, CountWhatGoesPastTheLimit) {
  list_.limit = 2;
  for (const char* key : {"a", "b", "c", "d"}) Set(key, "x");
  Set("a", "still replaceable");
  EXPECT_EQ(Decode().attributes_size(), 2);
  EXPECT_EQ(list_.dropped, 2);
  EXPECT_EQ(Text(0), "still replaceable");
}

TEST_F(WireAttributesTest, CutLongTextsBetweenCharactersAndLeaveNoHalfOfASecret) {
  const WireAttributes five(5, redactor_);
  const std::vector<otel::nostd::string_view> words{"secret-of-the-bot", "0123456789"};
  const std::uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
  const auto set = [&](std::string_view key, const otel::common::AttributeValue& value) {
    five.Set(key, value, list_, item_);
  };
  set("ascii", "0123456789");
  set("characters", "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC");
  set("five characters", "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC");
  set("secret", "secret-of-the-bot");
  set("not text", std::int64_t{1234567});
  set("list", otel::nostd::span<const otel::nostd::string_view>(words.data(), words.size()));
  set("bytes", otel::nostd::span<const std::uint8_t>(bytes, 7));
  const auto span = Decode();
  EXPECT_EQ(Text(0), "01234");
  EXPECT_EQ(Text(1).size(), 15);
  EXPECT_EQ(Text(2).size(), 15);
  EXPECT_EQ(Text(3), "***");
  EXPECT_EQ(span.attributes(4).value().int_value(), 1234567);
  EXPECT_EQ(span.attributes(5).value().array_value().values(0).string_value(), "***");
  EXPECT_EQ(span.attributes(5).value().array_value().values(1).string_value(), "01234");
  EXPECT_EQ(span.attributes(6).value().bytes_value().size(), 5);
}

TEST_F(WireAttributesTest, ManyAndLargeOnesMakeTheItemGrow) {
  const std::string large(10'000, 'x');
  for (int i = 0; i < 100; ++i) Set("key " + std::to_string(i), otel::nostd::string_view(large));
  Set("key 50", "small");
  const auto span = Decode();
  ASSERT_EQ(span.attributes_size(), 100);
  EXPECT_EQ(span.attributes(50).value().string_value(), "small");
  EXPECT_EQ(span.attributes(99).value().string_value(), large);
}

TEST_F(WireAttributesTest, DropAndCountWhatIsTooLargeForAnyMessage) {
  Set("key", "kept");
  const char byte = 'x';
  // More than a message may have; the bytes are never looked at.
  Set("huge", otel::nostd::string_view(&byte, std::size_t{1} << 31));
  Set("key", otel::nostd::string_view(&byte, std::size_t{1} << 31));
  EXPECT_EQ(list_.dropped, 2);
  ASSERT_EQ(Decode().attributes_size(), 1);
  EXPECT_EQ(Text(0), "kept");
}

TEST_F(WireAttributesTest, WriteAValueWithoutAKey) {
  writer_.AppendValue(wire::Tag(2, wire::Type::kLength), "body", item_);
  const std::vector<double> numbers{0.5};
  WireItem list(InternScope("a test"));
  writer_.AppendValue(wire::Tag(2, wire::Type::kLength), otel::nostd::span<const double>(numbers.data(), 1), list);
  otel::proto::common::v1::KeyValue decoded;
  ASSERT_TRUE(decoded.ParseFromString(std::string(item_.bytes())));
  EXPECT_EQ(decoded.value().string_value(), "body");
  ASSERT_TRUE(decoded.ParseFromString(std::string(list.bytes())));
  EXPECT_EQ(decoded.value().array_value().values(0).double_value(), 0.5);
}

}  // namespace
}  // namespace guildscope::exporting
