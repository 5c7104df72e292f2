#include "guildscope/base/utf8.hpp"

#include <gtest/gtest.h>

namespace guildscope {
namespace {

TEST(Utf8, LeavesValidTextAlone) {
  for (const std::string_view text : {"", "ascii", "gr\xC3\xBC\xC3\x9F", "\xE2\x82\xAC", "\xF0\x9F\x8E\xB5"}) {
    EXPECT_TRUE(IsUtf8(text));
    EXPECT_EQ(ToUtf8(text), text);
  }
}

TEST(Utf8, ReplacesEachRunOfInvalidBytes) {
  EXPECT_EQ(ToUtf8("a\xFF"
                   "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(ToUtf8("cut \xE2\x82"), "cut \xEF\xBF\xBD");
  EXPECT_EQ(ToUtf8("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "an overlong NUL";
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80")) << "a surrogate";
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80")) << "past U+10FFFF";
}

TEST(Utf8, CutsBetweenCharacters) {
  EXPECT_EQ(Utf8Prefix("\xE2\x82\xAC\xE2\x82\xAC", 1), "\xE2\x82\xAC");
  EXPECT_EQ(Utf8Prefix("abc", 5), "abc");
  EXPECT_EQ(Utf8Prefix("abc", 0), "");
}

}  // namespace
}  // namespace guildscope
