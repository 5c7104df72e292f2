#include "guildscope/logging/record_ring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace guildscope::logging {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t kMany = 1'000'000;

bool Push(RecordRing& ring, Level level, std::string_view text) {
  return ring.TryPush(level, text.size(), [&](char* to) { std::memcpy(to, text.data(), text.size()); });
}

std::size_t Fill(RecordRing& ring, Level level) {
  std::size_t taken = 0;
  while (Push(ring, level, "0123456789")) ++taken;
  return taken;
}

TEST(RecordRing, GivesBackWhatItWasGivenRoundAfterRound) {
  RecordRing ring(kMany, RecordRing::kSmallest);
  std::mt19937 random(1);
  std::vector<std::string> waiting;
  std::size_t next = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text(1 + random() % 400, static_cast<char>('a' + i % 26));
    if (Push(ring, Level::kError, text)) waiting.push_back(std::move(text));
    while (next < waiting.size() && random() % 3 != 0) {
      ASSERT_EQ(ring.Front(), waiting[next++]);
      ring.Pop();
    }
  }
  EXPECT_GT(next, 10'000U);
}

TEST(RecordRing, LeavesRoomForWhatIsMoreImportant) {
  RecordRing ring(kMany, RecordRing::kSmallest);
  const std::size_t debug = Fill(ring, Level::kDebug);
  const std::size_t info = Fill(ring, Level::kInfo);
  const std::size_t warning = Fill(ring, Level::kWarning);
  const std::size_t error = Fill(ring, Level::kError);
  EXPECT_EQ(Fill(ring, Level::kCritical), 0U);
  const double all = static_cast<double>(debug + info + warning + error);
  EXPECT_NEAR(static_cast<double>(debug) / all, 0.50, 0.01);
  EXPECT_NEAR(static_cast<double>(info) / all, 0.20, 0.01);
  EXPECT_NEAR(static_cast<double>(warning) / all, 0.15, 0.01);
  EXPECT_FALSE(Push(ring, Level::kDebug, "x"));
}

TEST(RecordRing, LimitsTheNumberOfRecordsToo) {
  RecordRing ring(100, RecordRing::kSmallest * 16);
  EXPECT_EQ(Fill(ring, Level::kDebug), 50U);
  EXPECT_EQ(Fill(ring, Level::kInfo), 20U);
  EXPECT_EQ(Fill(ring, Level::kWarning), 15U);
  EXPECT_EQ(Fill(ring, Level::kCritical), 15U);
  EXPECT_EQ(ring.records(), 100U);
  ring.Pop();
  EXPECT_TRUE(Push(ring, Level::kError, "x"));
  LevelCounts counts{};
  ring.Count(counts);
  EXPECT_THAT(counts, ElementsAre(49, 20, 15, 1, 15));
}

TEST(RecordRing, TakesOneRecordOfEachLevelHoweverSmallItIs) {
  RecordRing ring(1, 1);
  EXPECT_TRUE(Push(ring, Level::kDebug, "x"));
  EXPECT_FALSE(Push(ring, Level::kCritical, "y"));
}

TEST(RecordRing, TakesWhatIsLongFromAnyPlace) {
  RecordRing ring(kMany, RecordRing::kSmallest);
  const std::string longest(ring.longest(), 'x');
  EXPECT_FALSE(Push(ring, Level::kCritical, longest + "x"));
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(Push(ring, Level::kDebug, longest)) << i;
    ASSERT_EQ(ring.Front(), longest);
    ring.Pop();
    ASSERT_TRUE(Push(ring, Level::kDebug, "moves the place"));
    ring.Pop();
  }
}

TEST(RecordRing, KeepsTheOrderOfEachThread) {
  constexpr int kThreads = 4;
  constexpr int kRecords = 50'000;
  RecordRing ring(kMany, RecordRing::kSmallest);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&ring, t] {
      for (int i = 0; i < kRecords; ++i) {
        const std::string text = std::to_string(t) + " " + std::to_string(i) + std::string(i % 50, '.');
        while (!Push(ring, Level::kError, text)) std::this_thread::yield();
      }
    });
  }
  std::map<int, int> next;
  for (int taken = 0; taken < kThreads * kRecords;) {
    const std::string_view front = ring.Front();
    if (front.empty()) {
      std::this_thread::yield();
      continue;
    }
    const int thread = front[0] - '0';
    const int number = std::stoi(std::string(front.substr(2)));
    ASSERT_EQ(number, next[thread]++);
    ASSERT_EQ(front.size(), 2 + std::to_string(number).size() + static_cast<std::size_t>(number % 50));
    ring.Pop();
    ++taken;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ring.records(), 0U);
}

}  // namespace
}  // namespace guildscope::logging
