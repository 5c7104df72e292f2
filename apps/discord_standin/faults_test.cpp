#include "apps/discord_standin/faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace standin {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const Json& request) {
  try {
    (void)ParseFault(request);
  } catch (const BadRequest& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ParseFault, SaysWhatIsWrongAndWhatIsAccepted) {
  EXPECT_THAT(Refusal({{"kind", "earthquake"}}), HasSubstr("drop_gateway, invalid_session"));
  EXPECT_THAT(Refusal(Json::array()), HasSubstr("rate_limit, server_error"));
  EXPECT_THAT(Refusal({{"kind", "slow"}, {"scope", "user"}}), HasSubstr("slow does not take 'scope'"));
  EXPECT_THAT(Refusal({{"kind", "rate_limit"}, {"scope", "mine"}}), HasSubstr("user, global, shared"));
  EXPECT_THAT(Refusal({{"kind", "server_error"}, {"status", 404}}), HasSubstr("500 to 599"));
  EXPECT_THAT(Refusal({{"kind", "guild_vanish"}}), HasSubstr("guild_id is missing"));
  EXPECT_THAT(Refusal({{"kind", "invalid_session"}, {"resumable", 1}}), HasSubstr("true or false"));
  EXPECT_THAT(Refusal({{"kind", "voice_silent"}, {"at", "noon"}}), HasSubstr("hello, ready"));
  EXPECT_THAT(Refusal({{"kind", "voice_silent"}, {"at", "hello"}, {"guild_id", "42"}}), HasSubstr("no guild yet"));
  EXPECT_THAT(Refusal({{"kind", "udp_loss"}, {"every", 0}}), HasSubstr("every is 0; accepted: a number from 1"));
  EXPECT_THAT(Refusal({{"kind", "voice_drop"}, {"shard", 0}}), HasSubstr("voice_drop does not take 'shard'"));
}

TEST(ParseFault, TakesAllForAnyShardOrGuild) {
  EXPECT_FALSE(ParseFault({{"kind", "drop_gateway"}, {"shard", "all"}}).shard);
  EXPECT_EQ(ParseFault({{"kind", "drop_gateway"}, {"shard", 3}}).shard, 3U);
  EXPECT_EQ(ParseFault({{"kind", "voice_deny"}, {"guild_id", "all"}}).guild_id, 0U);
  EXPECT_EQ(ParseFault({{"kind", "voice_deny"}, {"guild_id", "42"}}).guild_id, 42U);
}

TEST(Faults, BefallTheRouteTheyNameAsOftenAsTheyWereAskedFor) {
  Faults faults;
  faults.Add(ParseFault({{"kind", "server_error"}, {"status", 503}, {"count", 2}, {"endpoint", "/users/@me"}}));
  EXPECT_FALSE(faults.TakeRest("/gateway/bot").outcome);
  EXPECT_EQ(faults.TakeRest("/users/@me").outcome->status, 503U);
  EXPECT_TRUE(faults.TakeRest("/users/@me").outcome);
  EXPECT_FALSE(faults.TakeRest("/users/@me").outcome);
  EXPECT_TRUE(faults.ToJson().empty());
}

TEST(Faults, ARequestCanBeSlowAndFail) {
  Faults faults;
  faults.Add(ParseFault({{"kind", "slow"}, {"milliseconds", 250}}));
  faults.Add(ParseFault({{"kind", "drop_socket"}}));
  const RestFaults taken = faults.TakeRest("/users/@me");
  EXPECT_EQ(taken.delay, std::chrono::milliseconds(250));
  EXPECT_EQ(taken.outcome->kind, FaultKind::kDropSocket);
}

TEST(Faults, DenyVoiceInTheGuildAlone) {
  Faults faults;
  faults.Add(ParseFault({{"kind", "voice_deny"}, {"guild_id", "42"}}));
  EXPECT_FALSE(faults.TakeVoiceDeny(41));
  EXPECT_TRUE(faults.TakeVoiceDeny(42));
  EXPECT_FALSE(faults.TakeVoiceDeny(42));
}

TEST(Faults, IgnoreEveryNthVoicePacketOfTheGuildUntilTheCountIsReached) {
  Faults faults;
  faults.Add(ParseFault({{"kind", "udp_loss"}, {"guild_id", "42"}, {"every", 3}, {"count", 2}}));
  EXPECT_FALSE(faults.TakeUdpLoss(41));
  std::vector<bool> ignored;
  for (int i = 0; i < 9; ++i) ignored.push_back(faults.TakeUdpLoss(42));
  EXPECT_EQ(ignored, (std::vector<bool>{false, false, true, false, false, true, false, false, false}));
  EXPECT_TRUE(faults.ToJson().empty());
}

TEST(Faults, AreForgottenWhenCleared) {
  Faults faults;
  faults.Add(ParseFault({{"kind", "heartbeat_silence"}, {"count", 9}}));
  EXPECT_TRUE(faults.TakeHeartbeatSilence(0));
  faults.Clear();
  EXPECT_FALSE(faults.TakeHeartbeatSilence(0));
}

}  // namespace
}  // namespace standin
