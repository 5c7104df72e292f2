#include "guildscope/metrics/label_value.hpp"

#include <gtest/gtest.h>

#include <string>

namespace guildscope::metrics {
namespace {

const std::string kFffd = "\xEF\xBF\xBD";

TEST(LabelValue, OfValidUtf8StaysAsItIs) {
  for (const std::string& value :
       {std::string(), std::string("abc"), std::string("a\0b", 3), std::string("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
        std::string(
            "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")}) {
    EXPECT_TRUE(IsCleanLabelValue(value));
    const CleanedLabelValue cleaned = CleanLabelValue(value);
    EXPECT_EQ(cleaned.value, value);
    EXPECT_FALSE(cleaned.had_invalid_utf8);
    EXPECT_FALSE(cleaned.was_too_long);
  }
}

struct Repair {
  std::string value;
  std::string repaired;
};

class InvalidUtf8 : public ::testing::TestWithParam<Repair> {};

TEST_P(InvalidUtf8, IsReplaced) {
  EXPECT_FALSE(IsCleanLabelValue(GetParam().value));
  const CleanedLabelValue cleaned = CleanLabelValue(GetParam().value);
  EXPECT_EQ(cleaned.value, GetParam().repaired);
  EXPECT_TRUE(cleaned.had_invalid_utf8);
  EXPECT_TRUE(IsCleanLabelValue(cleaned.value));
}

INSTANTIATE_TEST_SUITE_P(Sequences, InvalidUtf8,
                         ::testing::Values(Repair{"a\x80z", "a" + kFffd + "z"},            // a lone continuation
                                           Repair{"\xC0\x80", kFffd + kFffd},              // overlong
                                           Repair{"\xE0\x9F\xBF", kFffd + kFffd + kFffd},  // overlong
                                           Repair{"\xED\xA0\x80", kFffd + kFffd + kFffd},  // a surrogate
                                           Repair{"\xF4\x90\x80\x80", kFffd + kFffd + kFffd + kFffd},  // past U+10FFFF
                                           Repair{"\xF8", kFffd}, Repair{"\xFF\xFE", kFffd + kFffd},   // never in UTF-8
                                           Repair{"\xE2\x82", kFffd},
                                           Repair{"\xF0\x9F\x98", kFffd},  // cut short: one for each character
                                           Repair{"\xE2\x82z", kFffd + "z"},
                                           Repair{"\xF0\x9F\xC3\xA9", kFffd + "\xC3\xA9"},
                                           Repair{"12345678\xFF", "12345678" + kFffd}));

TEST(LabelValue, IsCutBeforeTheCharacterThatDoesNotFit) {
  const std::string full(kMaxLabelValueBytes, 'x');
  EXPECT_TRUE(IsCleanLabelValue(full));
  EXPECT_FALSE(IsCleanLabelValue(full + "y"));
  EXPECT_EQ(CleanLabelValue(full + "y").value, full);
  EXPECT_TRUE(CleanLabelValue(full + "y").was_too_long);

  const std::string almost(kMaxLabelValueBytes - 1, 'x');
  EXPECT_EQ(CleanLabelValue(almost + "\xC3\xA9").value, almost);
  EXPECT_EQ(CleanLabelValue(almost + "\xFF").value, almost);
}

}  // namespace
}  // namespace guildscope::metrics
