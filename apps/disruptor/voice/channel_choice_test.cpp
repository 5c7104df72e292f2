#include "apps/disruptor/voice/channel_choice.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "apps/disruptor/random.hpp"

namespace disruptor {
namespace {

VoiceChannel Channel(Snowflake id) {
  return {.id = id, .name = "voice", .people = 1, .members = 1, .user_limit = 0, .may_join = true, .may_speak = true};
}

TEST(ChannelChoice, TakesOnlyAChannelThatIsWorthJoining) {
  VoiceChannel empty = Channel(1);
  empty.people = 0;
  VoiceChannel closed = Channel(2);
  closed.may_join = false;
  VoiceChannel mute = Channel(3);
  mute.may_speak = false;
  VoiceChannel full = Channel(4);
  full.user_limit = full.members = 5;
  const std::vector<VoiceChannel> channels{empty, closed, mute, full, Channel(5)};
  for (const double random : {0.0, 0.5, 0.999}) EXPECT_EQ(ChooseChannel(channels, {}, random), 5);
}

TEST(ChannelChoice, IsNothingWhereNoChannelIsWorthIt) {
  EXPECT_EQ(ChooseChannel({}, {}, 0), std::nullopt);
  const std::vector<VoiceChannel> channels{Channel(1)};
  EXPECT_EQ(ChooseChannel(channels, {{1, 0}}, 0), std::nullopt);
}

TEST(ChannelChoice, EntersAFullChannelWithThePermissionTo) {
  VoiceChannel full = Channel(4);
  full.user_limit = full.members = 5;
  full.may_overfill = true;
  EXPECT_TRUE(IsWorthJoining(full));
}

TEST(ChannelChoice, FollowsTheWeights) {
  const std::vector<VoiceChannel> channels{Channel(1), Channel(2), Channel(3)};
  const ChannelWeights weights{{1, 0}, {2, 3}};  // 3 has the default weight
  SeededRandom random(42);
  std::map<Snowflake, int> counts;
  for (int i = 0; i < 10'000; ++i) ++counts[ChooseChannel(channels, weights, random.Next()).value()];
  EXPECT_EQ(counts.count(1), 0);
  EXPECT_NEAR(counts[2], 7'500, 200);
  EXPECT_NEAR(counts[3], 2'500, 200);
}

}  // namespace
}  // namespace disruptor
