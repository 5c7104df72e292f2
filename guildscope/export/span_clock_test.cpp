#include "guildscope/export/span_clock.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace guildscope::exporting {
namespace {

std::int64_t WallNow() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

TEST(SpanClock, AgreesWithTheWallClock) {
  // A thread may be sent away between two readings; one undisturbed attempt shows what is claimed.
  std::int64_t least = INT64_MAX;
  for (int i = 0; i < 1'000; ++i) {
    const std::int64_t before = WallNow();
    const auto at = static_cast<std::int64_t>(WallTimeAt(std::chrono::steady_clock::now()));
    const std::int64_t after = WallNow();
    const std::int64_t off = at < before ? before - at : at > after ? at - after : 0;
    least = std::min(least, off);
  }
  EXPECT_LT(least, 1'000);
  std::thread([] {
    const auto at = static_cast<std::int64_t>(WallTimeAt(std::chrono::steady_clock::now()));
    EXPECT_NEAR(static_cast<double>(at), static_cast<double>(WallNow()), 5e9);
  }).join();
}

TEST(SpanClock, RunsAsTheSteadyClockDoes) {
  // A new thread measures when it asks first, so the distance is good for the second question.
  std::thread([] {
    const auto now = std::chrono::steady_clock::now();
    const std::uint64_t first = WallTimeAt(now);
    EXPECT_EQ(WallTimeAt(now + std::chrono::milliseconds(5)), first + 5'000'000);
  }).join();
}

}  // namespace
}  // namespace guildscope::exporting
