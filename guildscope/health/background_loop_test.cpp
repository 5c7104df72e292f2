#include "guildscope/health/background_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <vector>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::health {
namespace {

using std::chrono::steady_clock;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

template <typename Condition>
void Await(Condition condition) {
  const auto deadline = steady_clock::now() + 20s;
  while (!condition()) {
    ASSERT_LT(steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

TEST(Backoff, DoublesFromOneSecondToThirtyAndStartsAgainAfterASuccess) {
  Backoff backoff;
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 7; ++i) waits.push_back(backoff.Next());
  EXPECT_THAT(waits, ElementsAre(1s, 2s, 4s, 8s, 16s, 30s, 30s));
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), 1s);
}

class BackgroundLoopTest : public ::testing::Test {
 protected:
  LoopStatus Status() const { return health_.Loops().at(0).status; }

  guildscope::testing::FakeClock clock_;
  Health health_{{}, clock_};
};

TEST_F(BackgroundLoopTest, GoesOnAtOnceWhileThereIsWork) {
  std::atomic<int> iterations{0};
  BackgroundLoop loop(
      health_, "worker",
      [&](const std::stop_token&) { return ++iterations < 100 ? Iteration::kWorked : Iteration::kIdle; },
      {.interval = 1h});
  Await([&] { return iterations == 100; });
  loop.Wake();
  Await([&] { return iterations == 101; });
}

TEST_F(BackgroundLoopTest, IsHealthyWhileItIsIdle) {
  std::atomic<int> iterations{0};
  BackgroundLoop loop(health_, "worker",
                      [&](const std::stop_token&) {
                        ++iterations;
                        return Iteration::kIdle;
                      },
                      {.interval = 1h});
  Await([&] { return iterations == 1; });
  loop.Wake();
  Await([&] { return iterations == 2; });
  clock_.Advance(24h);
  // The thread may still be on its way from the iteration into the wait.
  Await([&] { return Status() == LoopStatus::kOk; });
}

TEST_F(BackgroundLoopTest, StallsWhileItIsStuckOnOneItem) {
  std::promise<void> taken;
  std::promise<void> release;
  std::atomic<int> iterations{0};
  BackgroundLoop loop(health_, "worker",
                      [&](const std::stop_token&) {
                        if (++iterations == 1) {
                          taken.set_value();
                          release.get_future().wait();
                        }
                        return Iteration::kIdle;
                      },
                      {.interval = 1h});
  taken.get_future().wait();
  clock_.Advance(301s);
  EXPECT_EQ(Status(), LoopStatus::kStalled);
  release.set_value();
  Await([&] { return Status() == LoopStatus::kOk; });
}

TEST_F(BackgroundLoopTest, ReportsErrorsBacksOffAndGoesOn) {
  std::atomic<int> iterations{0};
  std::atomic<int> errors{0};
  BackgroundLoop loop(
      health_, "worker",
      [&](const std::stop_token&) {
        const int iteration = ++iterations;
        if (iteration == 2) throw std::runtime_error("second");
        if (iteration == 3) throw 3;
        return iteration < 10 ? Iteration::kWorked : Iteration::kIdle;
      },
      {.interval = 1h, .backoff = {.first = 1ms, .most = 2ms}, .on_error = [&](std::string_view) { ++errors; }});
  Await([&] { return iterations == 10; });
  EXPECT_EQ(errors, 2);
  Await([&] { return health_.Loops()[0].failures == 0; });
}

TEST_F(BackgroundLoopTest, StallsWhenItOnlyFails) {
  std::atomic<int> errors{0};
  BackgroundLoop loop(health_, "worker",
                      [](const std::stop_token&) -> Iteration { throw std::runtime_error("always"); },
                      {.backoff = {.first = 1ms, .most = 1ms}, .on_error = [&](std::string_view) { ++errors; }});
  Await([&] { return errors > 3; });
  EXPECT_EQ(Status(), LoopStatus::kOk);
  clock_.Advance(301s);
  Await([&] { return errors > 6; });
  EXPECT_EQ(Status(), LoopStatus::kStalled);
}

TEST_F(BackgroundLoopTest, StopsAtOnceFromAWaitAndFromABackoff) {
  std::promise<void> idle;
  std::promise<void> failed;
  BackgroundLoop waiting(health_, "waiting",
                         [&](const std::stop_token&) {
                           idle.set_value();
                           return Iteration::kIdle;
                         },
                         {.interval = 1h});
  BackgroundLoop failing(
      health_, "failing", [](const std::stop_token&) -> Iteration { throw std::runtime_error("down"); },
      {.backoff = {.first = 1h, .most = 1h}, .on_error = [&](std::string_view) { failed.set_value(); }});
  idle.get_future().wait();
  failed.get_future().wait();
  EXPECT_TRUE(waiting.Stop(20s));
  EXPECT_TRUE(failing.Stop(20s));
  clock_.Advance(1h);
  for (const auto& loop : health_.Loops()) EXPECT_EQ(loop.status, LoopStatus::kStopped) << loop.name;
}

TEST_F(BackgroundLoopTest, TellsWhenItsIterationDoesNotEndInTime) {
  std::promise<void> taken;
  std::promise<void> release;
  BackgroundLoop loop(health_, "worker", [&](const std::stop_token&) {
    taken.set_value();
    release.get_future().wait();
    return Iteration::kIdle;
  });
  taken.get_future().wait();
  EXPECT_FALSE(loop.Stop(1ms));
  release.set_value();
  EXPECT_TRUE(loop.Stop(20s));
}

TEST_F(BackgroundLoopTest, LeavesNoSeriesBehind) {
  {
    BackgroundLoop loop(health_, "worker", [](const std::stop_token&) { return Iteration::kIdle; });
  }
  EXPECT_TRUE(health_.Loops().empty());
}

}  // namespace
}  // namespace guildscope::health
