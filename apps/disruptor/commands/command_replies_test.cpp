#include "apps/disruptor/commands/command_replies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace disruptor {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Caller Manager() { return {.guild = 1, .user = 2, .may_manage = true, .voice_channel = 20}; }
Caller Member() { return {.guild = 1, .user = 2, .may_manage = false, .voice_channel = 20}; }
VoiceChannel Channel() {
  return {.id = 20, .name = "voice", .people = 1, .members = 1, .may_join = true, .may_speak = true};
}

TEST(CommandReplies, LetOnlyManagersChangeSettings) {
  EXPECT_EQ(RefuseSettingsChange(Manager()), "");
  EXPECT_THAT(RefuseSettingsChange(Member()), HasSubstr("manage this server"));
  EXPECT_THAT(RefuseSettingsChange({}), HasSubstr("in a server only"));
}

TEST(CommandReplies, TakeAnIntervalWithinItsLimits) {
  const IntervalLimits limits{60s, 7 * 24h};
  EXPECT_EQ(CheckInterval("2h30m", limits).value, 150min);
  EXPECT_EQ(CheckInterval("1m", limits).value, 60s);
  EXPECT_EQ(CheckInterval("7d", limits).value, 168h);
  EXPECT_THAT(CheckInterval("59s", limits).refusal, HasSubstr("from 1 minute to 7 days, not 59 seconds"));
  EXPECT_THAT(CheckInterval("8d", limits).refusal, HasSubstr("not 8 days"));
  EXPECT_THAT(CheckInterval("soon", limits).refusal, HasSubstr("`15m`"));
  EXPECT_EQ(CheckInterval("soon", limits).value, std::nullopt);
}

TEST(CommandReplies, TakeAChanceFromNeverToAlways) {
  EXPECT_EQ(CheckChance(0).value, 0);
  EXPECT_EQ(CheckChance(100).value, 100);
  EXPECT_THAT(CheckChance(101).refusal, HasSubstr("not 101"));
  EXPECT_THAT(CheckChance(-1).refusal, HasSubstr("from 0 to 100"));
  EXPECT_THAT(CheckChance(1LL << 40).refusal, HasSubstr("not 1099511627776"));
}

TEST(CommandReplies, TakeAWeightOfAVoiceChannel) {
  EXPECT_EQ(CheckWeight(0, true).value, 0);
  EXPECT_EQ(CheckWeight(100, true).value, 100);
  EXPECT_THAT(CheckWeight(101, true).refusal, HasSubstr("from 0 to 100"));
  EXPECT_THAT(CheckWeight(-1, true).refusal, HasSubstr("not -1"));
  EXPECT_THAT(CheckWeight(1, false).refusal, HasSubstr("not a voice channel"));
}

TEST(CommandReplies, ConfirmWhatWasChanged) {
  EXPECT_THAT(ConfirmInterval(90s), HasSubstr("every 1 minute 30 seconds"));
  EXPECT_THAT(ConfirmChance(25), HasSubstr("25 %"));
  EXPECT_THAT(ConfirmChance(0), HasSubstr("do not drop in"));
  EXPECT_THAT(ConfirmWeight(20, 5), HasSubstr("<#20> now has the weight 5"));
  EXPECT_THAT(ConfirmWeight(20, 0), HasSubstr("stay away from <#20>"));
}

TEST(CommandReplies, SayWhenTheNextDisruptionIsDue) {
  EXPECT_EQ(DescribeNext(125s, 50, 30min),
            "The next disruption is due in 2 minutes 5 seconds, with a chance of 50 %, and then every 30 minutes.");
  EXPECT_THAT(DescribeNext(125s, 0, 30min), HasSubstr("/chance"));
  EXPECT_THAT(DescribeNext(std::nullopt, 50, 30min), HasSubstr("no plan yet"));
}

TEST(CommandReplies, DisruptWhereTheCallerIs) {
  EXPECT_EQ(RefuseDisrupt(Member(), Channel(), std::nullopt), "");
  Caller elsewhere = Member();
  elsewhere.voice_channel = 0;
  EXPECT_THAT(RefuseDisrupt(elsewhere, std::nullopt, std::nullopt), HasSubstr("Join a voice channel first"));
  EXPECT_THAT(RefuseDisrupt({}, std::nullopt, std::nullopt), HasSubstr("in a server only"));
}

TEST(CommandReplies, SayWhyADisruptionIsNotPossible) {
  EXPECT_THAT(RefuseDisrupt(Member(), Channel(), 20), HasSubstr("already here"));
  EXPECT_THAT(RefuseDisrupt(Member(), Channel(), 21), HasSubstr("busy in <#21>"));
  EXPECT_THAT(RefuseDisrupt(Member(), std::nullopt, std::nullopt), HasSubstr("cannot see <#20>"));
  VoiceChannel channel = Channel();
  channel.user_limit = 1;
  EXPECT_THAT(RefuseDisrupt(Member(), channel, std::nullopt), HasSubstr("full"));
  channel.may_speak = false;
  EXPECT_THAT(RefuseDisrupt(Member(), channel, std::nullopt), HasSubstr("may not speak"));
  channel.may_join = false;
  EXPECT_THAT(RefuseDisrupt(Member(), channel, std::nullopt), HasSubstr("permission to connect"));
}

TEST(CommandReplies, DescribeEveryOutcomeOfAJoin) {
  for (const auto outcome :
       {JoinOutcome::kJoined, JoinOutcome::kAlreadyThere, JoinOutcome::kBusy, JoinOutcome::kNotConnected,
        JoinOutcome::kTimedOut, JoinOutcome::kGuildGone, JoinOutcome::kClosed}) {
    EXPECT_NE(DescribeJoin(outcome, 20), kInternalError);
  }
  EXPECT_THAT(DescribeJoin(JoinOutcome::kJoined, 20), HasSubstr("<#20>"));
}

TEST(CommandReplies, LetThoseInTheChannelOrManagersSendTheBotAway) {
  EXPECT_EQ(RefuseDisconnect(Member(), 20), "");
  EXPECT_EQ(RefuseDisconnect(Manager(), 21), "");
  EXPECT_THAT(RefuseDisconnect(Member(), 21), HasSubstr("<#21>"));
  EXPECT_THAT(RefuseDisconnect(Member(), std::nullopt), HasSubstr("not in a voice channel"));
  EXPECT_THAT(RefuseDisconnect({}, std::nullopt), HasSubstr("in a server only"));
}

TEST(CommandReplies, DescribeTheStatusInFewLines) {
  EXPECT_EQ(DescribeStatus({.version = "1.2.3",
                            .healthy = true,
                            .uptime = 61s,
                            .gateway_latency = 12ms,
                            .rest_latency = std::nullopt,
                            .shard = 3,
                            .guilds = 7,
                            .voice_connections = 1,
                            .schedulers = 2,
                            .telemetry = "/metrics"}),
            "All is well.\nVersion 1.2.3, up for 1 minute 1 second\n"
            "Latency: gateway 12 ms, requests not measured yet (shard 3)\n"
            "7 servers, 1 voice connection, 2 schedulers\nTelemetry: /metrics");
  EXPECT_THAT(DescribeStatus({}), HasSubstr("Something is wrong"));
}

}  // namespace
}  // namespace disruptor
