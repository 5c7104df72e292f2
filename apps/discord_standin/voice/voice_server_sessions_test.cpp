#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/discord_standin/voice/voice_server_fixture.hpp"

namespace standin {
namespace {

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
