#include "apps/disruptor/scheduler/worker_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>

namespace disruptor {
namespace {

using namespace std::chrono_literals;

std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }
void Ignore(std::string_view) {}

// A pool comes after what its tasks use: its end waits for them.

TEST(WorkerPool, RunsTasksInTheOrderOfTheirTimes) {
  std::promise<void> begin;
  std::promise<void> done;
  std::vector<int> order;
  WorkerPool pool(1, 100, Ignore);
  const auto now = Now();
  // Holds the one thread until all are queued.
  ASSERT_TRUE(pool.RunAt(now - 9s, [&] { begin.get_future().wait(); }));
  ASSERT_TRUE(pool.RunAt(now + 20ms, [&] {
    order.push_back(3);
    done.set_value();
  }));
  ASSERT_TRUE(pool.RunAt(now - 1s, [&] { order.push_back(1); }));
  ASSERT_TRUE(pool.RunAt(now - 1s, [&] { order.push_back(2); }));
  begin.set_value();
  done.get_future().wait();
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 3));
}

TEST(WorkerPool, RunsATaskNotBeforeItsTime) {
  std::promise<std::chrono::steady_clock::time_point> ran;
  WorkerPool pool(2, 100, Ignore);
  const auto at = Now() + 30ms;
  ASSERT_TRUE(pool.RunAt(at, [&] { ran.set_value(Now()); }));
  EXPECT_GE(ran.get_future().get(), at);
}

TEST(WorkerPool, ReportsAnExceptionAndGoesOn) {
  std::atomic<int> reported{0};
  std::promise<void> done;
  WorkerPool pool(1, 100, [&](std::string_view) { ++reported; });
  ASSERT_TRUE(pool.RunAt(Now(), [] { throw std::runtime_error("broken"); }));
  ASSERT_TRUE(pool.RunAt(Now(), [&] { done.set_value(); }));
  done.get_future().wait();
  EXPECT_EQ(reported, 1);
}

TEST(WorkerPool, RefusesWhatIsTooMuch) {
  WorkerPool pool(1, 2, Ignore);
  const auto later = Now() + 1h;
  EXPECT_TRUE(pool.RunAt(later, [] {}));
  EXPECT_TRUE(pool.RunAt(later, [] {}));
  EXPECT_FALSE(pool.RunAt(later, [] {}));
  EXPECT_EQ(pool.waiting(), 2);
}

TEST(WorkerPool, TellsWhatIsDueFromWhatWaitsForItsTime) {
  std::promise<void> begun;
  std::promise<void> end;
  WorkerPool pool(1, 100, Ignore);
  ASSERT_TRUE(pool.RunAt(Now(), [&] {
    begun.set_value();
    end.get_future().wait();
  }));
  begun.get_future().wait();
  EXPECT_EQ(pool.due(), 0) << "what runs does not wait";
  ASSERT_TRUE(pool.RunAt(Now() + 1h, [] {}));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.RunAt(Now() - 1ms, [] {}));
  EXPECT_EQ(pool.waiting(), 4);
  EXPECT_EQ(pool.due(), 3);
  end.set_value();
}

TEST(WorkerPool, DropsWhatWaitsWhenItStops) {
  WorkerPool pool(2, 100, Ignore);
  auto held = std::make_shared<int>();
  ASSERT_TRUE(pool.RunAt(Now() + 1h, [held] {}));
  EXPECT_EQ(held.use_count(), 2);
  pool.Stop();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(pool.RunAt(Now(), [] {}));
}

TEST(WorkerPool, RunsAsManyAtOnceAsItHasThreads) {
  std::atomic<int> running{0};
  std::promise<void> all;
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future();
  WorkerPool pool(3, 100, Ignore);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.RunAt(Now(), [&, ended] {
      if (++running == 3) all.set_value();
      ended.wait();
    }));
  }
  all.get_future().wait();
  end.set_value();
}

}  // namespace
}  // namespace disruptor
