#include "apps/discord_standin/voice/voice_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/discord_standin/test_bot.hpp"
#include "apps/discord_standin/voice/rtp_sender.hpp"

namespace standin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<std::uint8_t> kSound{0xFC, 1, 2, 3};
const VoiceServer::Peer kPeer(boost::asio::ip::make_address("127.0.0.1"), 4'000);

class VoiceServerTest : public ::testing::Test {
 protected:
  VoiceServerTest() {
    voice.SetUdpPort(5'000);
    bot.JoinVoice(guild, channel);
  }

  void Say(FakeTransport& from, int op, const Json& data) {
    voice.Received(from, Json{{"op", op}, {"d", data}}.dump());
  }

  Json IdentifyData() {
    const Json server = bot.Last("VOICE_SERVER_UPDATE");
    return {{"server_id", server["guild_id"]},
            {"user_id", bot.Id()},
            {"session_id", bot.Last("READY")["session_id"]},
            {"token", server["token"]}};
  }

  void Identify(FakeTransport& from) {
    voice.Opened(from);
    Say(from, 0, IdentifyData());
  }

  void Select(FakeTransport& from, VoiceMode mode = VoiceMode::kAes256Gcm) {
    Say(from, 1,
        {{"protocol", "udp"},
         {"data", {{"address", "127.0.0.1"}, {"port", 4'000}, {"mode", kVoiceModes[static_cast<std::size_t>(mode)]}}}});
  }

  void Resume(FakeTransport& from, std::int64_t seen) {
    Json data = IdentifyData();
    data["seq_ack"] = seen;
    voice.Opened(from);
    Say(from, 7, data);
  }

  /// What was said with that op, newest last.
  static std::vector<Json> Ops(const FakeTransport& from, int op) {
    std::vector<Json> found;
    for (const Json& message : from.sent) {
      if (message["op"] == op) found.push_back(message);
    }
    return found;
  }

  RtpSender Sender(const FakeTransport& from, VoiceMode mode = VoiceMode::kAes256Gcm) {
    return {Ops(from, 2).back()["d"]["ssrc"].get<std::uint32_t>(), mode,
            Ops(from, 4).back()["d"]["secret_key"].get<VoiceKey>()};
  }

  void Put(const std::vector<std::uint8_t>& packet, const VoiceServer::Peer& from = kPeer) {
    EXPECT_FALSE(voice.ReceivedPacket(from, packet, bot.clock.SteadyNow()));
  }

  void AddFault(const Json& fault) { bot.discord.faults.Add(ParseFault(fault)); }

  Json VoiceLedger() { return bot.discord.ledger.ToJson()["voice"]; }
  Json Total() { return VoiceLedger()["total"]; }

  void SecondsPass(int count) {
    for (int i = 0; i < count; ++i) {
      bot.clock.Advance(seconds(1));
      voice.Tick();
    }
  }

  TestBot bot;
  VoiceServer& voice = bot.discord.voice;
  const Snowflake guild = bot.guild().id;
  const Snowflake channel = bot.guild().ChannelsOf(ChannelType::kVoice).front();
  FakeTransport client;
};

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

TEST_F(VoiceServerTest, TellsWhoElseIsInTheChannelAndRepeatsItOnResume) {
  Guild& where = bot.guild();
  std::erase_if(where.voice_states, [&](const auto& entry) { return entry.first != bot.discord.world.bot().id; });
  Identify(client);
  Select(client);
  EXPECT_TRUE(Ops(client, 11).empty());
  const VoiceState guest{where.owner_id, channel, "x", false, false};
  where.voice_states[guest.user_id] = guest;
  bot.discord.gateway.DispatchVoiceState(where, guest);
  EXPECT_EQ(client.sent.back(),
            (Json{{"op", 11}, {"seq", 1}, {"d", {{"user_ids", Json::array({Text(guest.user_id)})}}}}));
  where.voice_states.erase(guest.user_id);
  bot.discord.gateway.DispatchVoiceState(where, {guest.user_id, 0, "x", false, false});
  EXPECT_EQ(client.sent.back(), (Json{{"op", 13}, {"seq", 2}, {"d", {{"user_id", Text(guest.user_id)}}}}));

  voice.Closed(client, 0);
  FakeTransport again;
  Resume(again, 1);
  ASSERT_EQ(again.sent.size(), 3U);
  EXPECT_EQ(again.sent[1]["seq"], 2);
  EXPECT_EQ(again.sent[2], Json::parse(R"({"op":9,"d":null})"));
  EXPECT_EQ(Total()["resumes"], 1);
  voice.Closed(again, 0);
  FakeTransport nothing_seen;
  Resume(nothing_seen, -1);
  EXPECT_EQ(nothing_seen.sent.size(), 4U);
}

TEST_F(VoiceServerTest, KeepsKeySsrcAndSequenceOverAResume) {
  Identify(client);
  Select(client);
  RtpSender sender = Sender(client);
  Put(sender.Next(kSound));
  voice.Closed(client, 0);
  EXPECT_FALSE(voice.IsConnected(guild));
  Put(sender.Next(kSound));
  FakeTransport again;
  Resume(again, -1);
  EXPECT_TRUE(voice.IsConnected(guild));
  Put(sender.Next(kSound));
  EXPECT_EQ(Total()["rtp_frames"], 3);
  EXPECT_EQ(Total()["lost"], 0);
}

TEST_F(VoiceServerTest, RefusesToResumeWhatIsOver) {
  FakeTransport none;
  Resume(none, -1);
  EXPECT_EQ(none.close_code, 4006U) << "there was no session";

  Identify(client);
  voice.Closed(client, 1000);
  FakeTransport after_goodbye;
  Resume(after_goodbye, -1);
  EXPECT_EQ(after_goodbye.close_code, 4006U);

  FakeTransport second;
  Identify(second);
  voice.Closed(second, 0);
  SecondsPass(62);
  FakeTransport too_late;
  Resume(too_late, -1);
  EXPECT_EQ(too_late.close_code, 4006U);
}

TEST_F(VoiceServerTest, EndsASilentConnection) {
  Identify(client);
  SecondsPass(20);
  Say(client, 3, {{"t", 1}, {"seq_ack", -1}});
  SecondsPass(27);
  EXPECT_EQ(client.close_code, 0U);
  SecondsPass(1);
  EXPECT_EQ(client.close_code, 4009U);
}

TEST_F(VoiceServerTest, EndsTheSessionOfABotThatLeftIfItDoesNotGoItself) {
  Identify(client);
  bot.JoinVoice(guild, 0);
  EXPECT_EQ(client.close_code, 0U) << "it may go by itself";
  SecondsPass(2);
  EXPECT_EQ(client.close_code, 4014U);
  FakeTransport again;
  Resume(again, -1);
  EXPECT_EQ(again.close_code, 4006U);
}

TEST_F(VoiceServerTest, GivesANewTokenForAnotherChannelAndEndsTheOldSession) {
  Identify(client);
  const Json before = bot.Last("VOICE_SERVER_UPDATE");
  bot.JoinVoice(guild, bot.guild().ChannelsOf(ChannelType::kVoice)[1]);
  EXPECT_NE(bot.Last("VOICE_SERVER_UPDATE")["token"], before["token"]);
  FakeTransport other;
  Identify(other);
  EXPECT_EQ(Ops(other, 2).size(), 1U);
  EXPECT_EQ(client.close_code, 4006U);
}

TEST_F(VoiceServerTest, NamesTheServerAgainToABotThatLostItsConnection) {
  const auto updates = [&] { return bot.gateway.Events("VOICE_SERVER_UPDATE").size(); };
  Identify(client);
  bot.JoinVoice(guild, channel);
  EXPECT_EQ(updates(), 1U) << "it is connected";
  const Json data = IdentifyData();
  voice.Closed(client, 0);
  bot.JoinVoice(guild, channel);
  EXPECT_EQ(updates(), 2U);
  EXPECT_EQ(IdentifyData(), data) << "the stay, and so its token, is the same";
}

TEST_F(VoiceServerTest, DropsConnectionsWithAndWithoutACode) {
  Identify(client);
  bot.discord.gateway.DropVoice(ParseFault({{"kind", "voice_drop"}}));
  EXPECT_TRUE(client.dropped);
  EXPECT_EQ(client.close_code, 0U);
  FakeTransport again;
  Resume(again, -1);
  EXPECT_EQ(Ops(again, 9).size(), 1U);

  bot.discord.gateway.DropVoice(ParseFault({{"kind", "voice_drop"}, {"code", 4015}}));
  EXPECT_EQ(again.close_code, 4015U);
  FakeTransport third;
  Resume(third, -1);
  EXPECT_EQ(Ops(third, 9).size(), 1U) << "a crashed server may be resumed";

  bot.discord.gateway.DropVoice(ParseFault({{"kind", "voice_drop"}, {"code", 4006}, {"guild_id", Text(guild)}}));
  FakeTransport fourth;
  Resume(fourth, -1);
  EXPECT_EQ(fourth.close_code, 4006U);
  EXPECT_EQ(VoiceLedger()["dropped"], 3);
  EXPECT_THROW(bot.discord.gateway.DropVoice(ParseFault({{"kind", "voice_drop"}})), BadRequest);
}

TEST_F(VoiceServerTest, RemovesTheBotFromTheChannelWith4014) {
  Identify(client);
  bot.discord.gateway.DropVoice(ParseFault({{"kind", "voice_drop"}, {"code", 4014}}));
  EXPECT_EQ(client.close_code, 4014U);
  EXPECT_TRUE(bot.Last("VOICE_STATE_UPDATE")["channel_id"].is_null());
}

TEST_F(VoiceServerTest, MovesToANewServerInMidStream) {
  Identify(client);
  Select(client);
  RtpSender old = Sender(client);
  Put(old.Next(kSound));
  const Json before = bot.Last("VOICE_SERVER_UPDATE");
  bot.discord.gateway.ChangeVoiceServer(ParseFault({{"kind", "voice_server_change"}, {"guild_id", Text(guild)}}));
  EXPECT_NE(bot.Last("VOICE_SERVER_UPDATE")["token"], before["token"]);
  FakeTransport again;
  Identify(again);
  Select(again);
  RtpSender sender = Sender(again);
  Put(sender.Next(kSound));
  Put(old.Next(kSound));
  EXPECT_EQ(Total()["rtp_frames"], 2);
  EXPECT_EQ(VoiceLedger()["stray_packets"], 1) << "the old session's ssrc means nothing any more";
}

TEST_F(VoiceServerTest, SaysNothingWhenItIsToBeSilent) {
  AddFault({{"kind", "voice_silent"}, {"at", "hello"}});
  voice.Opened(client);
  EXPECT_TRUE(client.sent.empty());
  AddFault({{"kind", "voice_silent"}, {"at", "ready"}});
  FakeTransport second;
  Identify(second);
  EXPECT_EQ(second.sent.size(), 1U);
  FakeTransport third;
  Identify(third);
  EXPECT_EQ(third.sent.size(), 2U) << "once each";
}

TEST_F(VoiceServerTest, DescribesTheSessionLateWhenItIsToBeSlow) {
  AddFault({{"kind", "voice_slow"}, {"milliseconds", 1'500}});
  Identify(client);
  Select(client);
  SecondsPass(1);
  EXPECT_TRUE(Ops(client, 4).empty());
  SecondsPass(1);
  EXPECT_EQ(Ops(client, 4).size(), 1U);
}

TEST_F(VoiceServerTest, IgnoresEveryNthPacketAndSaysSo) {
  Identify(client);
  Select(client);
  RtpSender sender = Sender(client);
  AddFault({{"kind", "udp_loss"}, {"every", 4}});
  for (int i = 0; i < 100; ++i) Put(sender.Next(kSound));
  EXPECT_EQ(Total()["rtp_frames"], 75);
  EXPECT_EQ(Total()["ignored"], 25);
  EXPECT_EQ(Total()["lost"], 0) << "they came; the stand-in looked away";
  bot.discord.faults.Clear();
  Put(sender.Next(kSound));
  EXPECT_EQ(Total()["rtp_frames"], 76);
}

}  // namespace
}  // namespace standin
