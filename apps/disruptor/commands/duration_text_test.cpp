#include "apps/disruptor/commands/duration_text.hpp"

#include <gtest/gtest.h>

namespace disruptor {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, TakesWhatPeopleWrite) {
  EXPECT_EQ(ParseDuration("90s"), 90s);
  EXPECT_EQ(ParseDuration("15m"), 15min);
  EXPECT_EQ(ParseDuration("2h30m"), 2h + 30min);
  EXPECT_EQ(ParseDuration(" 1D 12H "), 36h);
  EXPECT_EQ(ParseDuration("5 m"), 5min);
  EXPECT_EQ(ParseDuration("0s"), 0s);
}

TEST(DurationText, RefusesEverythingElse) {
  for (const char* text : {"", " ", "30", "soon", "m", "5x", "-5m", "5m5m", "1.5h", "5m x", "99999999999999999999s",
                           "9223372036854775807d", "2h30", "\xff", "５m"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(DurationText, SaysItInWords) {
  EXPECT_EQ(FormatDuration(0s), "0 seconds");
  EXPECT_EQ(FormatDuration(-5s), "0 seconds");
  EXPECT_EQ(FormatDuration(1s), "1 second");
  EXPECT_EQ(FormatDuration(2h + 30min), "2 hours 30 minutes");
  EXPECT_EQ(FormatDuration(24h * 8 + 61s), "8 days 1 minute 1 second");
}

}  // namespace
}  // namespace disruptor
