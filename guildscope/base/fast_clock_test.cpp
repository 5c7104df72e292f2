#include "guildscope/base/fast_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace guildscope {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// How far a clock's reading lies outside of what another one shows before and after it, at most for half of what is
/// read in 50 ms: the rate of the counter is known for most of it, and not every reading of the clocks was disturbed.
template <typename Read, typename Reference>
nanoseconds Off(Read read, Reference reference) {
  std::vector<nanoseconds> off;
  const auto end = std::chrono::steady_clock::now() + milliseconds(50);
  while (std::chrono::steady_clock::now() < end) {
    const auto before = reference();
    const auto at = read();
    const auto after = reference();
    off.push_back(std::max({nanoseconds(before - at), nanoseconds(at - after), nanoseconds(0)}));
  }
  const auto middle = off.begin() + static_cast<std::ptrdiff_t>(off.size() / 2);
  std::nth_element(off.begin(), middle, off.end());
  return *middle;
}

constexpr nanoseconds kClaimed{1'000};

TEST(FastClock, AgreesWithTheMachinesClocks) {
  const Clock& fast = FastClock();
  EXPECT_LT(Off([&] { return fast.SteadyNow(); }, std::chrono::steady_clock::now), kClaimed);
  EXPECT_LT(Off([&] { return fast.Now(); }, std::chrono::system_clock::now), kClaimed);
  EXPECT_LT(Off(FastSteadyNow, std::chrono::steady_clock::now), kClaimed);
  EXPECT_LT(Off([] { return WallTimeAt(std::chrono::steady_clock::now()); }, std::chrono::system_clock::now), kClaimed);
}

TEST(FastClock, AgreesOnAThreadThatHasJustBegun) {
  std::thread([] {
    const auto before = std::chrono::system_clock::now();
    const auto at = FastClock().Now();
    EXPECT_GT(at, before - milliseconds(10));  // that reading may be disturbed
    EXPECT_LT(at, std::chrono::system_clock::now() + milliseconds(10));
  }).join();
}

TEST(FastClock, TellsTheWallTimeOfAMomentOfTheSteadyClock) {
  // A new thread reads the clocks when it asks first, so their distance is good for the second question.
  std::thread([] {
    const auto now = std::chrono::steady_clock::now();
    const auto first = WallTimeAt(now);
    EXPECT_EQ(WallTimeAt(now + milliseconds(5)), first + milliseconds(5));
    EXPECT_EQ(WallTimeAt(now - milliseconds(500)), first - milliseconds(500));
  }).join();
}

}  // namespace
}  // namespace guildscope
