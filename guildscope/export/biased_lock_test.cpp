#include "guildscope/export/biased_lock.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace guildscope::exporting {
namespace {

/// Adds one to two numbers, which nobody may see to differ.
struct Pair {
  void Add(int times) {
    for (int i = 0; i < times; ++i) {
      const BiasedLock::Guard guard(lock);
      ++first;
      if (second + 1 != first) ++torn;
      ++second;
    }
  }
  BiasedLock lock;
  std::uint64_t first = 0;   // guarded by lock
  std::uint64_t second = 0;  // guarded by lock
  std::uint64_t torn = 0;    // guarded by lock
};

TEST(BiasedLock, KeepsTheOwnerAndOthersApartWhileTheyComeAndGo) {
  constexpr int kLocks = 50;
  constexpr int kTimes = 1'000;
  for (int round = 0; round < kLocks; ++round) {
    Pair pair;
    std::vector<std::thread> others;
    for (int i = 0; i < 2; ++i) {
      others.emplace_back([&pair, round, i] {
        for (int n = 0; n < 4 * round * i; ++n) std::this_thread::yield();
        pair.Add(kTimes);
      });
    }
    pair.Add(kTimes);
    for (std::thread& other : others) other.join();
    ASSERT_EQ(pair.first, 3 * kTimes);
    ASSERT_EQ(pair.torn, 0);
  }
}

TEST(BiasedLock, TheFirstOtherThreadWaitsForTheOwnerToComeOut) {
  for (int round = 0; round < 20; ++round) {
    BiasedLock lock;
    std::atomic<bool> inside{false};
    std::atomic<bool> comes{false};
    bool met = true;
    std::thread other;
    {
      const BiasedLock::Guard guard(lock);
      inside = true;
      other = std::thread([&] {
        comes = true;
        const BiasedLock::Guard theirs(lock);
        met = inside;
      });
      while (!comes) std::this_thread::yield();
      for (int i = 0; i < 100; ++i) std::this_thread::yield();
      inside = false;
    }
    other.join();
    ASSERT_FALSE(met);
  }
}

TEST(BiasedLock, ServesAThreadThatDidNotMakeIt) {
  auto pair = std::make_unique<Pair>();
  std::thread([&pair] { pair->Add(10); }).join();
  pair->Add(10);
  EXPECT_EQ(pair->first, 20);
}

}  // namespace
}  // namespace guildscope::exporting
