#include "apps/disruptor/music/search/title.hpp"

#include <gtest/gtest.h>

#include "guildscope/base/utf8.hpp"

namespace disruptor::music {
namespace {

using std::chrono::seconds;

TEST(CleanTitle, DecodesEntitiesOnce) {
  EXPECT_EQ(CleanTitle("Tom &amp; Jerry &#39;n&#x27; &quot;Co&quot; &lt;3"), "Tom & Jerry 'n' \"Co\" <3");
  EXPECT_EQ(CleanTitle("&amp;lt; &unknown; & &; &#; &#x; &#xD800; &#1114112; &#99999999999;"),
            "&lt; &unknown; & &; &#; &#x; &#xD800; &#1114112; &#99999999999;");
  EXPECT_EQ(CleanTitle("&#9731; &#x1F3B5;"), "☃ 🎵");
}

TEST(CleanTitle, LeavesOneLineWithoutWhatIsHidden) {
  EXPECT_EQ(CleanTitle(" a\r\n\tb  c\u00A0d\u2028e "), "a b c d e");
  EXPECT_EQ(CleanTitle("ab\x01\x1b[31mc\x7f\u0085"), "ab[31mc");
  EXPECT_EQ(CleanTitle("evil\u202Egnp.exe\u2066\u200F\uFEFF\u200B"), "evilgnp.exe");
  EXPECT_EQ(CleanTitle("&#x202E;&#8238;&#1;x"), "x");
  EXPECT_EQ(CleanTitle("👩\u200D🚀 Ünïcødé"), "👩\u200D🚀 Ünïcødé");
}

TEST(CleanTitle, IsValidAndNoLongerThanAllowed) {
  EXPECT_EQ(CleanTitle("abc", 3), "abc");
  EXPECT_EQ(CleanTitle("abcd", 3), "ab…");
  EXPECT_EQ(CleanTitle("äöüß", 3), "äö…");
  EXPECT_EQ(CleanTitle("ab cd", 4), "ab …");
  EXPECT_EQ(CleanTitle("abc", 0), "");
  EXPECT_EQ(CleanTitle("a\xff\xfe"
                       "b"),
            "a\uFFFD\uFFFD"
            "b");
  const std::string cut = CleanTitle(std::string(64 * 1024 - 1, 'a') + "ä", 100'000);
  EXPECT_TRUE(guildscope::IsUtf8(cut));
}

TEST(ParseIsoDuration, ReadsWhatYouTubeWrites) {
  EXPECT_EQ(ParseIsoDuration("PT3M33S"), seconds(213));
  EXPECT_EQ(ParseIsoDuration("PT1H"), seconds(3'600));
  EXPECT_EQ(ParseIsoDuration("P1DT2H0M1S"), seconds(93'601));
  EXPECT_EQ(ParseIsoDuration("P2W"), seconds(1'209'600));
  EXPECT_EQ(ParseIsoDuration("P0D"), seconds(0));
}

TEST(ParseIsoDuration, RefusesTheRest) {
  for (const char* text :
       {"", "P", "PT", "3M", "PT3", "PTM", "PT-3M", "PT3S3M", "PT3M3M", "P1Y", "P1M", "PT3.5S",
        "P99999999999999999999D", "P9223372036854775807W", "P3D3", "pt3m", "PT3Mx", "P1DT", "P4000D"}) {
    EXPECT_FALSE(ParseIsoDuration(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace disruptor::music
