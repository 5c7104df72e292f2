#include "guildscope/export/spin_lock.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace guildscope::exporting {
namespace {

TEST(SpinLock, KeepsThreadsApart) {
  constexpr int kThreads = 4;
  constexpr std::uint64_t kEach = 50'000;
  SpinLock lock;
  std::uint64_t sum = 0;  // guarded by lock
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; n < kEach; ++n) {
        const SpinLock::Guard guard(lock);
        ++sum;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, kThreads * kEach);
}

}  // namespace
}  // namespace guildscope::exporting
