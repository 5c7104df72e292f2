#include "guildscope/profiling/background_reading.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::profiling {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

steady_clock::time_point Soon() { return steady_clock::now() + 20s; }
constexpr steady_clock::time_point kNow{};  // long ago: does not wait

TEST(BackgroundReading, GivesWhatWasAskedFor) {
  testing::FakeClock clock;
  std::atomic<int> reads{0};
  BackgroundReading<int> reading("test", [&] { return ++reads; }, clock);
  EXPECT_FALSE(reading.Await(kNow).value) << "nobody asked yet";
  reading.Ask();
  const auto first = reading.Await(Soon());
  EXPECT_EQ(first.value, 1);
  EXPECT_TRUE(first.in_time);
  EXPECT_EQ(first.read_at, clock.SteadyNow());
  EXPECT_EQ(reading.Await(Soon()).value, 1) << "asking again is not free, waiting is";
  reading.Ask();
  EXPECT_EQ(reading.Await(Soon()).value, 2);
}

TEST(BackgroundReading, GivesTheLastValueWhileTheNextTakesLong) {
  testing::FakeClock clock;
  std::promise<void> release;
  std::atomic<int> reads{0};
  BackgroundReading<int> reading(
      "test",
      [&, released = release.get_future().share()] {
        if (++reads == 2) released.wait();
        return reads.load();
      },
      clock);
  reading.Ask();
  ASSERT_TRUE(reading.Await(Soon()).in_time);
  const auto first_at = clock.SteadyNow();
  clock.Advance(1min);
  reading.Ask();
  const auto late = reading.Await(kNow);
  EXPECT_EQ(late.value, 1);
  EXPECT_FALSE(late.in_time);
  EXPECT_EQ(late.read_at, first_at);
  release.set_value();
  EXPECT_EQ(reading.Await(Soon()).value, 2);
}

TEST(BackgroundReading, AFailureLeavesTheLastValue) {
  testing::FakeClock clock;
  std::atomic<int> reads{0};
  BackgroundReading<int> reading(
      "test",
      [&] {
        if (++reads == 2) throw std::runtime_error("unreadable");
        return reads.load();
      },
      clock);
  reading.Ask();
  ASSERT_TRUE(reading.Await(Soon()).in_time);
  reading.Ask();
  const auto failed = reading.Await(Soon());
  EXPECT_EQ(failed.value, 1);
  EXPECT_FALSE(failed.in_time);
  reading.Ask();
  EXPECT_EQ(reading.Await(Soon()).value, 3);
}

TEST(BackgroundReading, EndsWhileItsSourceHangs) {
  struct Shared {
    std::promise<void> begun;
    std::promise<void> release;
    std::promise<void> gone;
  };
  const auto shared = std::make_shared<Shared>();
  {
    testing::FakeClock clock;
    BackgroundReading<int> reading(
        "test",
        [shared] {
          shared->begun.set_value();
          shared->release.get_future().wait();
          shared->gone.set_value_at_thread_exit();
          return 1;
        },
        clock);
    reading.Ask();
    shared->begun.get_future().wait();
  }
  shared->release.set_value();
  EXPECT_EQ(shared->gone.get_future().wait_for(20s), std::future_status::ready) << "the thread ends in the end";
}

}  // namespace
}  // namespace guildscope::profiling
