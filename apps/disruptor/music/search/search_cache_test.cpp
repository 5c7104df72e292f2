#include "apps/disruptor/music/search/search_cache.hpp"

#include <gtest/gtest.h>

#include "guildscope/testing/fake_clock.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;

Track TrackOf(const std::string& key) { return {.key = key, .url = {}, .title = key, .artist = {}}; }

std::string Find(SearchCache& cache, const std::string& words) {
  const auto track = cache.Find(words);
  return track ? track->key : "nothing";
}

TEST(SearchCache, KeepsWhatWordsLedToForAWhile) {
  guildscope::testing::FakeClock clock;
  SearchCache cache(10, 1h, clock);
  EXPECT_EQ(Find(cache, "a"), "nothing");
  cache.Keep("a", TrackOf("1"));
  clock.Advance(30min);
  EXPECT_EQ(Find(cache, "a"), "1");
  cache.Keep("a", TrackOf("2"));
  clock.Advance(59min);
  EXPECT_EQ(Find(cache, "a"), "2");
  clock.Advance(1min);
  EXPECT_EQ(Find(cache, "a"), "nothing");
}

TEST(SearchCache, DropsTheLeastRecentlyUsedPastItsSize) {
  const guildscope::testing::FakeClock clock;
  SearchCache cache(2, 1h, clock);
  cache.Keep("a", TrackOf("1"));
  cache.Keep("b", TrackOf("2"));
  EXPECT_EQ(Find(cache, "a"), "1");
  cache.Keep("c", TrackOf("3"));
  EXPECT_EQ(Find(cache, "b"), "nothing");
  EXPECT_EQ(Find(cache, "a"), "1");
  EXPECT_EQ(Find(cache, "c"), "3");
  SearchCache none(0, 1h, clock);
  none.Keep("a", TrackOf("1"));
  EXPECT_EQ(Find(none, "a"), "nothing");
}

}  // namespace
}  // namespace disruptor::music
