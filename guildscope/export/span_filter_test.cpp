#include "guildscope/export/span_filter.hpp"

#include <gtest/gtest.h>

namespace guildscope::exporting {
namespace {

TEST(SpanFilter, AStarStandsForAnyText) {
  EXPECT_TRUE(MatchesGlob("GET /gateway/*", "GET /gateway/bot"));
  EXPECT_TRUE(MatchesGlob("GET /gateway/*", "GET /gateway/"));
  EXPECT_FALSE(MatchesGlob("GET /gateway/*", "GET /gateway"));
  EXPECT_TRUE(MatchesGlob("*", ""));
  EXPECT_TRUE(MatchesGlob("*select*", "a select statement"));
  EXPECT_TRUE(MatchesGlob("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(MatchesGlob("a*b*c", "a-b-b-d"));
  EXPECT_TRUE(MatchesGlob("plain", "plain"));
  EXPECT_FALSE(MatchesGlob("plain", "plainer"));
  EXPECT_FALSE(MatchesGlob("", "x"));
  EXPECT_TRUE(MatchesGlob("", ""));
}

TEST(SpanFilter, MatchesAnyOfItsPatterns) {
  const SpanFilter filter({"poll", "heartbeat *"});
  EXPECT_TRUE(filter.Matches("poll"));
  EXPECT_TRUE(filter.Matches("heartbeat 7"));
  EXPECT_FALSE(filter.Matches("heartbeat"));
  EXPECT_FALSE(SpanFilter({}).Matches("anything"));
}

}  // namespace
}  // namespace guildscope::exporting
