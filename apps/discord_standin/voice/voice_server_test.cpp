#include "apps/discord_standin/voice/voice_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/discord_standin/voice/voice_server_fixture.hpp"

namespace standin {
namespace {

TEST_F(VoiceServerTest, TakesAClientThroughTheHandshake) {
  voice.Opened(client);
  ASSERT_EQ(client.sent.size(), 1U);
  EXPECT_EQ(client.sent[0], Json::parse(R"({"op":8,"d":{"v":8,"heartbeat_interval":13750}})"));
  Say(client, 0, IdentifyData());
  const Json ready = Ops(client, 2).at(0)["d"];
  EXPECT_EQ(ready["ip"], "127.0.0.1");
  EXPECT_EQ(ready["port"], 5'000);
  EXPECT_EQ(ready["modes"], Json::parse(R"(["aead_aes256_gcm_rtpsize","aead_xchacha20_poly1305_rtpsize"])"));
  EXPECT_FALSE(voice.HeardIn(guild)->facts["mode"].is_string());
  Select(client);
  const Json description = Ops(client, 4).at(0)["d"];
  EXPECT_EQ(description["mode"], "aead_aes256_gcm_rtpsize");
  EXPECT_EQ(description["secret_key"].size(), 32U);
  EXPECT_EQ(description["dave_protocol_version"], 0);
  EXPECT_EQ(Total()["identifies"], 1);
  EXPECT_EQ(VoiceLedger()["connects"], 1);
  EXPECT_TRUE(voice.IsConnected(guild));
}

TEST_F(VoiceServerTest, AnswersHeartbeatsOfBothForms) {
  voice.Opened(client);
  Say(client, 3, {{"t", 12345}, {"seq_ack", -1}});
  EXPECT_EQ(client.sent.back(), Json::parse(R"({"op":6,"d":{"t":12345}})"));
  Say(client, 3, 678);
  EXPECT_EQ(client.sent.back(), Json::parse(R"({"op":6,"d":678})")) << "before version 8";
  EXPECT_EQ(VoiceLedger()["heartbeats"], 2);
}

TEST_F(VoiceServerTest, RefusesIdentifiesThatDoNotFitTheTicket) {
  const auto code_of = [&](const char* key, const Json& value) {
    FakeTransport stranger;
    Json data = IdentifyData();
    data[key] = value;
    voice.Opened(stranger);
    Say(stranger, 0, data);
    voice.Closed(stranger, 0);
    EXPECT_TRUE(Ops(stranger, 2).empty());
    return stranger.close_code;
  };
  EXPECT_EQ(code_of("token", "wrong"), 4004U);
  EXPECT_EQ(code_of("token", nullptr), 4004U);
  EXPECT_EQ(code_of("user_id", "1"), 4004U);
  EXPECT_EQ(code_of("session_id", "wrong"), 4006U);
  EXPECT_EQ(code_of("server_id", "1"), 4006U);
  EXPECT_EQ(Total()["identifies"], 0);
  EXPECT_EQ(VoiceLedger()["closes"], Json::parse(R"([{"code":4004,"count":3},{"code":4006,"count":2}])"));
}

TEST_F(VoiceServerTest, TakesNumbersForIds) {
  Json data = IdentifyData();
  data["user_id"] = bot.discord.world.bot().id;
  data["server_id"] = guild;
  voice.Opened(client);
  Say(client, 0, data);
  EXPECT_EQ(Ops(client, 2).size(), 1U);
}

TEST_F(VoiceServerTest, ClosesWithDiscordsCodes) {
  const auto code_of = [&](const std::string& text) {
    FakeTransport stranger;
    voice.Opened(stranger);
    voice.Received(stranger, text);
    voice.Closed(stranger, 0);
    return stranger.close_code;
  };
  EXPECT_EQ(code_of("{"), 4002U);
  EXPECT_EQ(code_of("[]"), 4002U);
  EXPECT_EQ(code_of(R"({"op":99,"d":{}})"), 4001U);
  EXPECT_EQ(code_of(R"({"op":1,"d":{}})"), 4003U);
  EXPECT_EQ(code_of(R"({"op":5,"d":{}})"), 4003U);
  Identify(client);
  Say(client, 0, IdentifyData());
  EXPECT_EQ(client.close_code, 4005U);
}

TEST_F(VoiceServerTest, RefusesProtocolsAndModesItDoesNotOffer) {
  Identify(client);
  Say(client, 1, {{"protocol", "webrtc"}, {"data", Json::object()}});
  EXPECT_EQ(client.close_code, 4012U);
  FakeTransport other;
  Identify(other);
  Say(other, 1, {{"protocol", "udp"}, {"data", {{"mode", "xsalsa20_poly1305"}}}});
  EXPECT_EQ(other.close_code, 4016U);
  EXPECT_TRUE(Ops(other, 4).empty());
}

TEST_F(VoiceServerTest, OverhearsWhatVersionZeroOfDaveHasNoAnswerTo) {
  Identify(client);
  const std::size_t before = client.sent.size();
  for (const int op : {12, 15, 18, 20, 21, 23, 31}) Say(client, op, Json::object());
  voice.Received(client, std::string("\x1a\x01\x02", 3));  // a key package, binary
  EXPECT_EQ(client.sent.size(), before);
  EXPECT_EQ(client.close_code, 0U);
}

TEST_F(VoiceServerTest, AnswersIpDiscovery) {
  Identify(client);
  std::vector<std::uint8_t> request(74, 0);
  request[1] = 1;
  request[3] = 70;
  request[7] = Ops(client, 2)[0]["d"]["ssrc"];
  const auto answer = voice.ReceivedPacket(kPeer, request, bot.clock.SteadyNow());
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->size(), 74U);
  EXPECT_EQ((*answer)[1], 2);
  EXPECT_EQ((*answer)[3], 70);
  EXPECT_EQ((*answer)[7], request[7]);
  EXPECT_STREQ(reinterpret_cast<const char*>(answer->data() + 8), "127.0.0.1");
  EXPECT_EQ((*answer)[72] << 8 | (*answer)[73], 4'000);
  request[7] = 99;
  EXPECT_FALSE(voice.ReceivedPacket(kPeer, request, bot.clock.SteadyNow()));
}

TEST_F(VoiceServerTest, SendsKeepAlivesBack) {
  const std::vector<std::uint8_t> beat{1, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(voice.ReceivedPacket(kPeer, beat, bot.clock.SteadyNow()), beat);
}

TEST_F(VoiceServerTest, CountsFramesExactlyInBothModes) {
  for (const VoiceMode mode : {VoiceMode::kAes256Gcm, VoiceMode::kXChaCha20Poly1305}) {
    FakeTransport one;
    Identify(one);
    Select(one, mode);
    RtpSender sender = Sender(one, mode);
    for (int i = 0; i < 50; ++i) Put(sender.Next(kSound));
    Put(sender.Next(std::vector<std::uint8_t>{0xF8, 0xFF, 0xFE}));
    Put(sender.NextWithExtensionAndPadding(kSound));
    EXPECT_EQ(voice.HeardIn(guild)->frames.back().opus, kSound);
    voice.Closed(one, 0);
  }
  EXPECT_EQ(Total()["rtp_frames"], 104);
  EXPECT_EQ(Total()["silence_frames"], 2);
  EXPECT_EQ(Total()["bytes"], 2 * (51 * 4 + 3));
  EXPECT_EQ(Total()["lost"], 0) << "though the sequence wrapped and began anew";
  EXPECT_EQ(bot.discord.ledger.ToJson()["rtp_frames"], 104);
}

TEST_F(VoiceServerTest, TellsLostLateAndRepeatedFramesApart) {
  Identify(client);
  Select(client);
  RtpSender sender = Sender(client);
  const auto first = sender.Next(kSound);
  const auto second = sender.Next(kSound);
  const auto third = sender.Next(kSound);
  Put(first);
  Put(third);
  EXPECT_EQ(Total()["lost"], 1);
  Put(second);
  Put(second);
  sender.Skip(4);
  Put(sender.Next(kSound));
  EXPECT_EQ(Total()["rtp_frames"], 4);
  EXPECT_EQ(Total()["lost"], 4);
  EXPECT_EQ(Total()["late"], 1);
  EXPECT_EQ(Total()["duplicates"], 1);
}

TEST_F(VoiceServerTest, CountsWhatItCannotOpenAndWhatIsNobodys) {
  Identify(client);
  Put(RtpSender(1, VoiceMode::kAes256Gcm, VoiceKey{}).Next(kSound));
  EXPECT_EQ(Total()["undecryptable"], 1) << "before there is a key";
  Select(client);
  RtpSender sender = Sender(client);
  Put(sender.Next(kSound));
  auto broken = sender.Next(kSound);
  broken[20] ^= 1U;
  Put(broken);
  Put(broken, {kPeer.address(), 4'001});
  Put(RtpSender(77, VoiceMode::kAes256Gcm, VoiceKey{}).Next(kSound));
  EXPECT_EQ(Total()["undecryptable"], 2);
  EXPECT_EQ(VoiceLedger()["stray_packets"], 2) << "with a guessed ssrc, and with an unknown one";
  EXPECT_EQ(Total()["rtp_frames"], 1);
  EXPECT_EQ(Total()["lost"], 0);
}

TEST_F(VoiceServerTest, FollowsAClientWhoseAddressChanges) {
  Identify(client);
  Select(client);
  RtpSender sender = Sender(client);
  Put(sender.Next(kSound));
  Put(sender.Next(kSound), {kPeer.address(), 4'001});
  EXPECT_EQ(Total()["rtp_frames"], 2);
}

TEST_F(VoiceServerTest, IgnoresRtcp) {
  Put({0x81, 201, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0});
  EXPECT_EQ(VoiceLedger()["stray_packets"], 0);
}

TEST_F(VoiceServerTest, KnowsWhetherTheBotSpeaks) {
  Identify(client);
  EXPECT_EQ(voice.HeardIn(guild)->facts["speaking"], false);
  Say(client, 5, {{"speaking", 1}, {"delay", 0}, {"ssrc", 1}});
  EXPECT_EQ(voice.HeardIn(guild)->facts["speaking"], true);
  Say(client, 5, {{"speaking", 0}, {"delay", 0}, {"ssrc", 1}});
  EXPECT_EQ(voice.HeardIn(guild)->facts["speaking"], false);
}

}  // namespace
}  // namespace standin
