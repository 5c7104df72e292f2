#include "guildscope/export/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace guildscope::exporting {
namespace {

TEST(BoundedQueue, HoldsExactlyItsCapacity) {
  for (const std::size_t capacity : {1, 2, 3, 8, 100}) {
    BoundedQueue<int> queue(capacity);
    for (int lap = 0; lap < 3; ++lap) {
      for (std::size_t i = 1; i <= capacity; ++i) {
        int value = static_cast<int>(i);
        EXPECT_EQ(queue.TryPush(value), i) << capacity;
      }
      int one_more = 0;
      EXPECT_EQ(queue.TryPush(one_more), 0);
      EXPECT_EQ(queue.size(), capacity);
      for (std::size_t i = 1; i <= capacity; ++i) {
        int value = 0;
        ASSERT_TRUE(queue.TryPop(value));
        EXPECT_EQ(value, static_cast<int>(i));
      }
      int none = 0;
      EXPECT_FALSE(queue.TryPop(none));
    }
  }
}

TEST(BoundedQueue, LeavesTheItemWithTheCallerWhenItIsFull) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_EQ(queue.TryPush(first), 1);
  EXPECT_EQ(queue.TryPush(second), 0);
  ASSERT_NE(second, nullptr);
}

/// Lets one look into the queue while it is being put there.
struct Watched {
  std::function<void()> look;
  Watched& operator=(Watched&& other) noexcept {
    if (other.look) other.look();
    return *this;
  }
  Watched() = default;
  explicit Watched(std::function<void()> when) : look(std::move(when)) {}
};

TEST(BoundedQueue, CountsAnItemBeforeItIsThere) {
  BoundedQueue<Watched> queue(4);
  bool looked = false;
  Watched item([&] {
    looked = true;
    EXPECT_EQ(queue.pushed(), 1);
    Watched none;
    EXPECT_FALSE(queue.TryPop(none));
  });
  EXPECT_EQ(queue.TryPush(item), 1);
  EXPECT_TRUE(looked);
}

TEST(BoundedQueue, LosesNothingBetweenManyWritersAndReaders) {
  constexpr int kWriters = 3;
  constexpr int kEach = 20'000;
  BoundedQueue<int> queue(64);
  std::atomic<long> sum{0};
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&queue] {
      for (int i = 1; i <= kEach; ++i) {
        int value = i;
        while (queue.TryPush(value) == 0) std::this_thread::yield();
      }
    });
  }
  for (int r = 0; r < 2; ++r) {
    threads.emplace_back([&] {
      int value = 0;
      while (taken.load() < kWriters * kEach) {
        if (!queue.TryPop(value)) {
          std::this_thread::yield();
          continue;
        }
        sum.fetch_add(value);
        taken.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum.load(), kWriters * (static_cast<long>(kEach) * (kEach + 1) / 2));
}

TEST(BoundedQueue, ASizeIsExactFromWhereItMatters) {
  BoundedQueue<int> queue(8, 4);
  int item = 0;
  for (int round = 0; round < 100; ++round) {
    for (std::size_t n = 1; n <= 8; ++n) {
      const std::size_t size = queue.TryPush(item);
      EXPECT_TRUE(n < 4 || size == n) << size << " instead of " << n;
      EXPECT_GE(size, n);
    }
    EXPECT_EQ(queue.TryPush(item), 0);
    while (queue.TryPop(item)) {
    }
  }
}

}  // namespace
}  // namespace guildscope::exporting
