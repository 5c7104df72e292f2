#include "guildscope/export/lent.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace guildscope::exporting {
namespace {

/// A thread of its own, so that no stock of this one is left when it returns.
template <typename Work>
void OnAThread(Work work) {
  std::thread(work).join();
}

TEST(Lent, EndsWithItsLastReference) {
  const auto value = std::make_shared<int>(7);
  OnAThread([&value] {
    std::optional<Lent<std::shared_ptr<int>>> first(std::in_place, value);
    const Lent<std::shared_ptr<int>> second(*first);
    first.reset();
    EXPECT_EQ(**second, 7);
  });
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Lent, IsKeptByReferencesOnOtherThreads) {
  const auto value = std::make_shared<int>(7);
  std::optional<Lent<std::shared_ptr<int>>> moved;
  OnAThread([&] { moved.emplace(value); });
  EXPECT_EQ(**moved.value(), 7);
  OnAThread([&] { moved.reset(); });
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Lent, AThreadLetsGoOfTheLastOneWhenItUsesAnother) {
  const auto one = std::make_shared<int>(1);
  const auto two = std::make_shared<int>(2);
  {
    const Lent<std::shared_ptr<int>> lent(one);
  }
  {
    const Lent<std::shared_ptr<int>> lent(two);
  }
  EXPECT_EQ(one.use_count(), 1);
}

TEST(Lent, CountsRightOnManyThreads) {
  const auto value = std::make_shared<int>(7);
  OnAThread([&value] {
    const Lent<std::shared_ptr<int>> first(value);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&first] {
        std::vector<std::unique_ptr<Lent<std::shared_ptr<int>>>> held;
        for (int n = 0; n < 10'000; ++n) {
          held.push_back(std::make_unique<Lent<std::shared_ptr<int>>>(first));
          if (n % 3 == 0) held.clear();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(**first, 7);
  });
  EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
}  // namespace guildscope::exporting
