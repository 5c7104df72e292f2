#include "guildscope/export/pool.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "guildscope/export/bounded_queue.hpp"

namespace guildscope::exporting {
namespace {

constexpr std::size_t kSizes[] = {1, 320, 321, 960, 4'000, 16'320, 16'321, 100'000};

TEST(Pool, GivesBlocksThatDoNotOverlap) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (int round = 0; round < 100; ++round) {
    for (const std::size_t size : kSizes) {
      auto* block = static_cast<unsigned char*>(PoolAllocate(size));
      ASSERT_GE(PoolBlockSize(size), size);
      std::memset(block, static_cast<int>(blocks.size() % 251), PoolBlockSize(size));
      blocks.emplace_back(block, size);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, size] = blocks[i];
    for (std::size_t at = 0; at < PoolBlockSize(size); ++at) ASSERT_EQ(block[at], i % 251);
    PoolFree(block, size);
  }
}

#ifndef __SANITIZE_ADDRESS__
TEST(Pool, GivesABlockAgainThatAnotherThreadFreed) {
  constexpr std::size_t kSize = 4'000;  // of which other tests leave few
  std::set<void*> known;
  for (int round = 0; round < 200; ++round) {
    std::vector<void*> blocks(100);
    for (void*& block : blocks) known.insert(block = PoolAllocate(kSize));
    std::thread([&] {
      for (void* block : blocks) PoolFree(block, kSize);
    }).join();
  }
  EXPECT_LE(known.size(), 2'000) << "of 20,000 blocks asked for, 100 at a time; the pool keeps 1,024 of others";
}
#endif

TEST(Pool, PassesBlocksBetweenThreadsThatComeAndGo) {
  constexpr std::size_t kSize = 300;
  BoundedQueue<std::uint64_t*> queue(64);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> sum{0};
  std::thread reader([&] {
    std::uint64_t* block = nullptr;
    while (!done.load() || queue.size() > 0) {
      if (!queue.TryPop(block)) continue;
      sum += *block;
      PoolFree(block, kSize);
    }
  });
  constexpr std::uint64_t kEach = 5'000;
  for (int round = 0; round < 4; ++round) {
    std::vector<std::thread> writers;
    for (int i = 0; i < 2; ++i) {
      writers.emplace_back([&] {
        for (std::uint64_t n = 1; n <= kEach; ++n) {
          auto* block = static_cast<std::uint64_t*>(PoolAllocate(kSize));
          *block = n;
          while (queue.TryPush(block) == 0) std::this_thread::yield();
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
  }
  done = true;
  reader.join();
  EXPECT_EQ(sum.load(), 8 * kEach * (kEach + 1) / 2);
}

}  // namespace
}  // namespace guildscope::exporting
