#include "guildscope/config/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guildscope::config {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;
using ::testing::Pair;

TEST(ParseDuration, ReadsSecondsAndUnits) {
  EXPECT_THAT(ParseDuration("90"), Optional(milliseconds(90'000)));
  EXPECT_THAT(ParseDuration("90s"), Optional(milliseconds(90'000)));
  EXPECT_THAT(ParseDuration(" 15 m "), Optional(milliseconds(900'000)));
  EXPECT_THAT(ParseDuration("500ms"), Optional(milliseconds(500)));
  EXPECT_THAT(ParseDuration("2h"), Optional(milliseconds(7'200'000)));
}

TEST(ParseDuration, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "s", "-1", "1.5s", "1d", "9223372036854775807", "1 2", "0x10"}) {
    EXPECT_THAT(ParseDuration(text), Eq(std::nullopt)) << text;
  }
}

TEST(FormatDuration, UsesTheLargestUnitThatFits) {
  EXPECT_EQ(FormatDuration(milliseconds(500)), "500ms");
  EXPECT_EQ(FormatDuration(milliseconds(90'000)), "90s");
  EXPECT_EQ(FormatDuration(milliseconds(7'200'000)), "2h");
  EXPECT_EQ(FormatDuration(milliseconds(0)), "0s");
}

TEST(ParseInteger, TakesTheWholeTextOrNothing) {
  EXPECT_THAT(ParseInteger(" 42 "), Optional(42));
  EXPECT_THAT(ParseInteger("-1"), Optional(-1));
  for (const char* text : {"", "4x", "4.0", "99999999999999999999"}) EXPECT_THAT(ParseInteger(text), Eq(std::nullopt));
}

TEST(ParseNumber, RefusesWhatIsNotFinite) {
  EXPECT_THAT(ParseNumber("0.25"), Optional(0.25));
  EXPECT_THAT(ParseNumber("nan"), Eq(std::nullopt));
  EXPECT_THAT(ParseNumber("inf"), Eq(std::nullopt));
}

TEST(ParsePairs, SplitsAtTheFirstEqualsSign) {
  EXPECT_THAT(ParsePairs("a=1, b = x=y ,"), Optional(ElementsAre(Pair("a", "1"), Pair("b", "x=y"))));
  EXPECT_THAT(ParsePairs("a"), Eq(std::nullopt));
  EXPECT_THAT(ParsePairs("=1"), Eq(std::nullopt));
}

TEST(ParseBaggagePairs, ReplacesPercentEscapes) {
  EXPECT_THAT(ParseBaggagePairs("authorization=Bearer%20a%2Cb"),
              Optional(ElementsAre(Pair("authorization", "Bearer a,b"))));
  EXPECT_THAT(ParseBaggagePairs("a=1%2"), Eq(std::nullopt));
  EXPECT_THAT(ParseBaggagePairs("a=%zz"), Eq(std::nullopt));
}

TEST(UrlPassword, IsFoundBetweenColonAndAt) {
  EXPECT_THAT(UrlPassword("postgresql://bot:p@ss@db:5432/x"), Optional(Eq("p@ss")));
  EXPECT_THAT(UrlPassword("postgresql://db:5432/x@y:z"), Eq(std::nullopt));
  EXPECT_THAT(UrlPassword("sqlite:bot.db"), Eq(std::nullopt));
}

TEST(Nearest, FindsMisspelledAndMisplacedKeys) {
  const std::vector<std::string> known{"monitoring.prefix", "monitoring.prometheus.enabled", "discord.token"};
  EXPECT_THAT(Nearest("monitoring.prefx", known), Optional(Eq("monitoring.prefix")));
  EXPECT_THAT(Nearest("prometheus.enabled", known), Optional(Eq("monitoring.prometheus.enabled")));
  EXPECT_THAT(Nearest("monitoring.token", known), Optional(Eq("discord.token")));
  EXPECT_THAT(Nearest("something.else.altogether", known), Eq(std::nullopt));
}

}  // namespace
}  // namespace guildscope::config
