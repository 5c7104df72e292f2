#include "apps/disruptor/music/pipeline/guild_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "guildscope/testing/fake_clock.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Queue = GuildQueue<std::string>;

std::vector<std::string> TakeAll(Queue& queue) {
  std::vector<std::string> taken;
  while (const auto work = queue.Take({})) taken.push_back(work->item());
  return taken;
}

TEST(GuildQueue, LetsGuildsTakeTurns) {
  Queue queue;
  for (const char* item : {"a1", "a2", "a3"}) ASSERT_TRUE(queue.Push(1, item));
  ASSERT_TRUE(queue.Push(2, "b1"));
  ASSERT_TRUE(queue.Push(3, "c1"));
  ASSERT_TRUE(queue.Push(2, "b2"));
  EXPECT_THAT(TakeAll(queue), ElementsAre("a1", "b1", "c1", "a2", "b2", "a3"));
}

TEST(GuildQueue, IsBoundedInAllAndForEachGuild) {
  Queue queue({.total = 3, .per_guild = 2});
  EXPECT_TRUE(queue.Push(1, "a1"));
  EXPECT_TRUE(queue.Push(1, "a2"));
  EXPECT_FALSE(queue.Push(1, "a3"));
  EXPECT_TRUE(queue.Push(2, "b1"));
  EXPECT_FALSE(queue.Push(3, "c1"));
  EXPECT_EQ(queue.depth(), 3);
  EXPECT_THAT(TakeAll(queue), ElementsAre("a1", "b1", "a2"));
  EXPECT_EQ(queue.depth(), 0);
}

TEST(GuildQueue, SaysHowLongAnItemHasWaited) {
  guildscope::testing::FakeClock clock;
  Queue queue({}, clock);
  ASSERT_TRUE(queue.Push(1, "a"));
  clock.Advance(250ms);
  EXPECT_EQ(queue.Take({})->waited(), 250ms);
}

TEST(GuildQueue, CancelDropsWhatWaitsOfOneGuildAndStopsWhatIsWorkedOn) {
  Queue queue;
  for (const char* item : {"a1", "a2", "a3"}) ASSERT_TRUE(queue.Push(1, item));
  ASSERT_TRUE(queue.Push(2, "b1"));
  const auto own = queue.Take({});
  const auto other = queue.Take({});
  EXPECT_EQ(queue.Cancel(1), 2);
  EXPECT_TRUE(own->stop().stop_requested());
  EXPECT_FALSE(other->stop().stop_requested());
  EXPECT_EQ(queue.depth(), 0);
  ASSERT_TRUE(queue.Push(1, "a4"));
  EXPECT_FALSE(queue.Take({})->stop().stop_requested());
}

TEST(GuildQueue, StopsWorkWhenItsTakerEnds) {
  Queue queue;
  ASSERT_TRUE(queue.Push(1, "a"));
  std::stop_source ending;
  const auto work = queue.Take(ending.get_token());
  EXPECT_FALSE(work->stop().stop_requested());
  ending.request_stop();
  EXPECT_TRUE(work->stop().stop_requested());
}

TEST(GuildQueue, LosesNothingBetweenThreads) {
  constexpr int kItems = 2'000;
  Queue queue({.total = kItems * 2, .per_guild = kItems});
  std::atomic<int> taken{0};
  std::vector<std::jthread> threads;
  for (Snowflake guild = 1; guild <= 2; ++guild) {
    threads.emplace_back([&queue, guild] {
      for (int i = 0; i < kItems; ++i) ASSERT_TRUE(queue.Push(guild, "x"));
    });
    threads.emplace_back([&] {
      while (taken < kItems * 2) {
        if (queue.Take({})) ++taken;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(taken, kItems * 2);
}

}  // namespace
}  // namespace disruptor::music
