#include "apps/discord_standin/ledger.hpp"

#include <gtest/gtest.h>

namespace standin {
namespace {

TEST(Ledger, CountsRequestsByMethodEndpointAndStatus) {
  Ledger ledger;
  ledger.RestAnswered("GET", "/users/@me", 200);
  ledger.RestAnswered("GET", "/users/@me", 200);
  ledger.RestAnswered("GET", "/users/@me", 429);
  ledger.RateLimited("/users/@me", "shared");
  const Json json = ledger.ToJson();
  EXPECT_EQ(json["rest"], Json::parse(R"([
    {"method": "GET", "endpoint": "/users/@me", "status": 200, "count": 2},
    {"method": "GET", "endpoint": "/users/@me", "status": 429, "count": 1}])"));
  EXPECT_EQ(json["rate_limited"], Json::parse(R"([{"endpoint": "/users/@me", "scope": "shared", "count": 1}])"));
}

TEST(Ledger, KeepsDroppedAndAbortedRequestsOutOfRest) {
  Ledger ledger;
  ledger.RestDropped("GET", "/users/@me");
  ledger.RestAborted("/gateway/bot");
  const Json json = ledger.ToJson();
  EXPECT_TRUE(json["rest"].empty());
  EXPECT_EQ(json["dropped"], Json::parse(R"([{"method": "GET", "endpoint": "/users/@me", "count": 1}])"));
  EXPECT_EQ(json["aborted"], Json::parse(R"([{"endpoint": "/gateway/bot", "count": 1}])"));
}

TEST(Ledger, TellsCommandsSentFromThoseAcknowledged) {
  Ledger ledger;
  ledger.CommandSent("next");
  ledger.CommandSent("next");
  ledger.CommandAcknowledged("next");
  EXPECT_EQ(ledger.ToJson()["commands"], Json::parse(R"([{"name": "next", "sent": 2, "acknowledged": 1}])"));
}

TEST(Ledger, CountsVoiceByGuildAndStatus) {
  Ledger ledger;
  ledger.VoiceJoin(7, true);
  ledger.VoiceJoin(7, false);
  ledger.VoiceJoin(7, false);
  EXPECT_EQ(ledger.ToJson()["voice_joins"], Json::parse(R"([
    {"guild_id": "7", "status": "error", "count": 2}, {"guild_id": "7", "status": "success", "count": 1}])"));
}

TEST(Ledger, CountsVoiceByGuildAndInAll) {
  Ledger ledger;
  VoiceCounts& one = ledger.Voice(7);
  one.identifies = 1;
  one.frames = 100;
  one.silence_frames = 5;
  ledger.Voice(8).frames = 20;
  ledger.Voice(8).lost = 3;
  ledger.VoiceConnected();
  ledger.VoiceClosed(4006);
  ledger.VoiceDropped();
  ledger.VoiceStray();
  const Json json = ledger.ToJson();
  EXPECT_EQ(json["rtp_frames"], 120);
  const Json& voice = json["voice"];
  EXPECT_EQ(voice["total"]["rtp_frames"], 120);
  EXPECT_EQ(voice["total"]["silence_frames"], 5);
  EXPECT_EQ(voice["total"]["lost"], 3);
  ASSERT_EQ(voice["guilds"].size(), 2U);
  EXPECT_EQ(voice["guilds"][0]["guild_id"], "7");
  EXPECT_EQ(voice["guilds"][0]["rtp_frames"], 100);
  EXPECT_EQ(voice["guilds"][0]["identifies"], 1);
  EXPECT_EQ(voice["connects"], 1);
  EXPECT_EQ(voice["dropped"], 1);
  EXPECT_EQ(voice["stray_packets"], 1);
  EXPECT_EQ(voice["closes"], Json::parse(R"([{"code": 4006, "count": 1}])"));
}

TEST(Ledger, CountsEventsByShardAndType) {
  Ledger ledger;
  ledger.EventSent(1, "READY");
  ledger.EventSent(0, "READY");
  ledger.EventSent(1, "READY");
  EXPECT_EQ(ledger.ToJson()["gateway"]["events"], Json::parse(R"([
    {"shard": 0, "event_type": "READY", "count": 1}, {"shard": 1, "event_type": "READY", "count": 2}])"));
}

}  // namespace
}  // namespace standin
