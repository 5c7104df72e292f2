#include "guildscope/otlp_text/otlp_text.hpp"

#include <gtest/gtest.h>

namespace guildscope::otlp {
namespace {

using opentelemetry::proto::common::v1::AnyValue;

template <typename Set>
std::string TextOf(Set set) {
  AnyValue value;
  set(value);
  return ToText(value);
}

TEST(OtlpText, IsWhatPeopleReadOfEveryKindOfValue) {
  EXPECT_EQ(TextOf([](AnyValue& value) { value.set_string_value("text"); }), "text");
  EXPECT_EQ(TextOf([](AnyValue& value) { value.set_bool_value(false); }), "false");
  EXPECT_EQ(TextOf([](AnyValue& value) { value.set_int_value(-3); }), "-3");
  EXPECT_EQ(TextOf([](AnyValue& value) { value.set_double_value(0.25); }), "0.25");
  EXPECT_EQ(TextOf([](AnyValue& value) { value.set_bytes_value(std::string("\0\xfe", 2)); }), "00fe");
  EXPECT_EQ(TextOf([](AnyValue&) {}), "");
}

TEST(OtlpText, JoinsWhatAListAndAMapHold) {
  EXPECT_EQ(TextOf([](AnyValue& value) {
              value.mutable_array_value()->add_values();  // no value
              value.mutable_array_value()->add_values()->set_int_value(1);
              auto* entry = value.mutable_array_value()->add_values()->mutable_kvlist_value()->add_values();
              entry->set_key("key");
              entry->mutable_value()->set_bool_value(true);
            }),
            ",1,key=true");
}

}  // namespace
}  // namespace guildscope::otlp
