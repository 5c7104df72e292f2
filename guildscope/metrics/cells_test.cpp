#include "guildscope/metrics/cells.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/metrics/blocks.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/metrics/snapshot_testing.hpp"

namespace guildscope::metrics::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr CounterDescriptor<1> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"guild_id"}};
constexpr HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Waits.", {"guild_id"}};

std::string Guild(int i) { return std::to_string(1'000'000'000'000'000'000 + std::int64_t{i} * 4'194'304); }

TEST(Cells, OfGuildsThatLeaveAreUsedAgainForThoseThatJoin) {
  Registry registry;
  const auto join = [&](int i) {
    registry.Get(kJobs).Add(1, {Guild(i)});
    registry.Get(kWait).Bind({Guild(i)}).Record(0.5);
  };
  constexpr int kAtOnce = 100;
  for (int i = 0; i < kAtOnce; ++i) join(i);
  const CellUse cells = CellsInUse();
  const BlockUse blocks = BlocksInUse();
  for (int i = kAtOnce; i < 10'000; ++i) {
    EXPECT_EQ(registry.RemoveSeries("guild_id", Guild(i - kAtOnce)), 2U);
    join(i);
  }
  EXPECT_EQ(CellsInUse().now, cells.now);
  EXPECT_EQ(CellsInUse().most, cells.most);
  EXPECT_EQ(BlocksInUse().now, blocks.now);
  EXPECT_EQ(BlocksInUse().most, blocks.most);
}

TEST(Cells, BeginAtZeroWhenTheyAreUsedAgain) {
  Registry registry({.prefix = "bot"});
  for (int i = 0; i < 10; ++i) {
    registry.Get(kJobs).Add(3, {Guild(i)});
    std::thread([&] { registry.Get(kJobs).Add(4, {Guild(i)}); }).join();
    static_cast<void>(registry.Collect());
    EXPECT_THAT(Values(registry.Collect(), "bot.jobs"), ElementsAre(Pair(Guild(i), 7)));
    registry.RemoveSeries("guild_id", Guild(i));
  }
}

TEST(Cells, GoBackWithTheirRegistryAndTheLastHandle) {
  const CellUse cells = CellsInUse();
  const BlockUse blocks = BlocksInUse();
  {
    Counter counter;
    {
      Registry registry;
      counter = registry.Get(kJobs).Bind({"1"});
      registry.Get(kJobs).Add(1, {"2"});
    }
    EXPECT_GT(CellsInUse().now, cells.now);
  }
  EXPECT_EQ(CellsInUse().now, cells.now);
  EXPECT_EQ(BlocksInUse().now, blocks.now);
}

TEST(Cells, KeepWhatThreadsRecordedThatHaveEnded) {
  Registry registry;
  const auto counter = registry.Get(kJobs).Bind({"1"});
  const auto wait = registry.Get(kWait).Bind({"1"});
  for (int i = 0; i < 20; ++i) {
    std::thread([&] {
      counter.Add(2);
      wait.Record(0.25);
    }).join();
    // Half of them are emptied by a reader, the others are passed on as they are.
    if (i % 2 == 0) static_cast<void>(registry.Collect());
  }
  EXPECT_EQ(counter.Value(), 40U);
  EXPECT_EQ(wait.Count(), 20U);
  EXPECT_EQ(wait.Sum(), 5);
}

/// Whether `free` returns only when a look-up has ended that was under way in another thread.
template <typename Free>
bool WaitsForLookUps(Free free) {
  std::atomic<bool> inside{false};
  std::atomic<bool> left{false};
  std::thread looks_up([&] {
    const ReadSection section;
    inside = true;
    inside.notify_one();
    for (int i = 0; i < 200; ++i) std::this_thread::yield();
    left = true;
  });
  inside.wait(false);
  free();
  const bool waited = left;
  looks_up.join();
  return waited;
}

TEST(LookUps, AreWaitedForBeforeAnythingIsFreedThatTheyMayHaveFound) {
  Registry registry;
  registry.Get(kJobs).Add(1, {"1"});
  EXPECT_TRUE(WaitsForLookUps([&] { registry.RemoveSeries("guild_id", "1"); })) << "a removed series";

  {
    const auto counter = registry.Get(kJobs).Bind({"2"});
    registry.RemoveSeries("guild_id", "2");
  }
  EXPECT_TRUE(WaitsForLookUps([&] { static_cast<void>(registry.Collect()); })) << "a hidden series without handles";

  for (int i = 0; i < 100; ++i) registry.Get(kJobs).Add(1, {Guild(i)});
  EXPECT_TRUE(WaitsForLookUps([&] { static_cast<void>(registry.Collect()); })) << "an outgrown table";
}

struct RecordsAtItsEnd {
  Counter counter;
  ~RecordsAtItsEnd() {
    counter.Add(1);
    static_cast<void>(ReadSection());
  }
};

TEST(Cells, TakeWhatDestructorsOfAnEndingThreadRecord) {
  Registry registry;
  const auto counter = registry.Get(kJobs).Bind({"1"});
  std::thread([&] {
    // Made before the thread has cells, so it ends after them.
    static thread_local RecordsAtItsEnd late;
    late.counter = counter;
    counter.Add(10);
  }).join();
  EXPECT_EQ(counter.Value(), 11U);
}

TEST(Cells, ReachAsFarAsThereAreSeries) {
  Registry registry({.max_series_per_metric = 5'000});
  std::vector<Counter> counters;
  for (int i = 0; i < 5'000; ++i) counters.push_back(registry.Get(kJobs).Bind({Guild(i)}));
  for (const Counter& counter : counters) counter.Add(1);
  for (const Counter& counter : counters) EXPECT_EQ(counter.Value(), 1U);
}

TEST(AMovedFromHandle, RecordsNothing) {
  Registry registry;
  Counter counter = registry.Get(kJobs).Bind({"1"});
  const Counter moved = std::move(counter);
  counter.Add(5);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved.Value(), 0U);
}

}  // namespace
}  // namespace guildscope::metrics::internal
