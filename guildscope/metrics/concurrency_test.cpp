#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/metrics/registry.hpp"
#include "guildscope/metrics/snapshot_testing.hpp"

namespace guildscope::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr CounterDescriptor<1> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"guild_id"}};
constexpr UpDownCounterDescriptor<0> kRunning{"{prefix}.running", "{job}", "Running jobs.", {}};
constexpr GaugeDescriptor<1> kPlayers{"{prefix}.players", "{player}", "Players.", {"guild_id"}};
constexpr HistogramDescriptor<0> kWait{"{prefix}.wait", "s", "Waits.", {}};

constexpr int kThreads = 4;
constexpr int kRounds = 2'000;

// Runs `work(thread number)` on all threads while `meanwhile` is repeated on two others.
template <typename Work, typename Meanwhile>
void RunThreads(Work work, Meanwhile meanwhile) {
  std::atomic<bool> done{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i) {
    others.emplace_back([&] {
      while (!done) meanwhile();
    });
  }
  std::vector<std::thread> workers;
  for (int i = 0; i < kThreads; ++i) workers.emplace_back(work, i);
  for (auto& worker : workers) worker.join();
  done = true;
  for (auto& other : others) other.join();
}

TEST(Registry, LosesNothingThatManyThreadsRecordWhileItIsCollected) {
  Registry registry({.prefix = "bot"});
  RunThreads(
      [&](int) {
        auto shared = registry.Get(kJobs).Bind({"shared"});
        auto running = registry.Get(kRunning).Bind();
        auto wait = registry.Get(kWait).Bind();
        for (int round = 0; round < kRounds; ++round) {
          shared.Add(3);
          registry.Get(kJobs).Add(1, {round % 2 == 0 ? "even" : "odd"});
          running.Add(round % 2 == 0 ? 2 : -1);
          wait.Record(0.25);
          const GaugeGuard guard(registry.Get(kPlayers).Bind({"1"}));
        }
      },
      [&] { static_cast<void>(registry.Collect()); });

  const Snapshot snapshot = registry.Collect();
  constexpr int kAll = kThreads * kRounds;
  EXPECT_THAT(Values(snapshot, "bot.jobs"),
              ElementsAre(Pair("even", kAll / 2), Pair("odd", kAll / 2), Pair("shared", kAll * 3)));
  EXPECT_THAT(Values(snapshot, "bot.running"), ElementsAre(Pair("", kAll / 2)));
  EXPECT_THAT(Values(snapshot, "bot.players"), ElementsAre(Pair("1", 0)));
  const Point wait = Find(snapshot, "bot.wait").points.at(0);
  EXPECT_EQ(wait.count, static_cast<std::uint64_t>(kAll));
  EXPECT_EQ(wait.sum, kAll * 0.25);
}

TEST(Registry, KeepsTotalsRightWhileSeriesAreFolded) {
  Registry registry({.prefix = "bot", .max_series_per_metric = 10});
  RunThreads(
      [&](int thread) {
        for (int round = 0; round < kRounds; ++round) {
          registry.Get(kJobs).Add(1, {std::to_string((thread * 7 + round) % 100)});
        }
      },
      [&] { static_cast<void>(registry.Collect()); });

  const Snapshot snapshot = registry.Collect();
  double total = 0;
  for (const auto& [labels, value] : Values(snapshot, "bot.jobs")) total += value;
  EXPECT_EQ(total, kThreads * kRounds);
  EXPECT_EQ(Find(snapshot, "bot.jobs").points.size(), 11U);
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.folded_writes"),
              ElementsAre(Pair("bot.jobs", Values(snapshot, "bot.jobs").back().second)));
}

TEST(Registry, LosesNothingOfTheOthersWhileSeriesAreRemovedAndMade) {
  Registry registry({.prefix = "bot", .idle = std::chrono::nanoseconds(1)});
  std::atomic<int> turn{0};
  std::vector<Gauge> gauges;
  for (int i = 0; i < kThreads; ++i) gauges.push_back(registry.Get(kPlayers).Bind({std::to_string(i)}));
  RunThreads(
      [&](int thread) {
        auto leaves = registry.Get(kJobs).Bind({"leaves"});
        Gauge gauge = gauges[static_cast<std::size_t>(thread)];
        for (int round = 0; round < kRounds; ++round) {
          leaves.Add(1);
          registry.Get(kJobs).Add(1, {std::to_string(round % 20)});
          gauge.Add(1);
        }
      },
      [&] {
        const std::string guild = std::to_string(turn++ % 20);
        registry.RemoveSeries("guild_id", guild);
        registry.RemoveSeries("guild_id", "leaves");
        static_cast<void>(registry.Collect());
      });

  // Levels outlive removals, so not one step may be missing.
  for (const Gauge& gauge : gauges) EXPECT_EQ(gauge.Value(), kRounds);
  registry.RemoveSeries("guild_id", "leaves");
  registry.Get(kJobs).Add(7, {"leaves"});
  EXPECT_EQ(registry.Get(kJobs).Bind({"leaves"}).Value(), 7U);
}

TEST(Subscription, EndsWhileOthersCollect) {
  Registry registry({.prefix = "bot"});
  RunThreads(
      [&](int thread) {
        const std::string name = std::to_string(thread);
        for (int round = 0; round < 200; ++round) {
          auto alive = std::make_unique<std::atomic<int>>(1);
          const Subscription subscription = registry.Observe(
              kPlayers, [&name, state = alive.get()](Observer<1>& observe) { observe(state->load(), {name}); });
          registry.Get(kWait).Bind().Record(0.1);
          // The subscription ends first, and only then what its callback uses.
        }
      },
      [&] {
        for (const auto& [labels, value] : Values(registry.Collect(), "bot.players")) EXPECT_EQ(value, 1);
      });
}

}  // namespace
}  // namespace guildscope::metrics
