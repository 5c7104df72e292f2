#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "apps/discord_standin/test_bot.hpp"
#include "apps/discord_standin/voice/rtp_sender.hpp"
#include "apps/discord_standin/voice/voice_server.hpp"

namespace standin {

inline const std::vector<std::uint8_t> kSound{0xFC, 1, 2, 3};
inline const VoiceServer::Peer kPeer(boost::asio::ip::make_address("127.0.0.1"), 4'000);

/// For tests: a bot that has joined a channel, and what a client says to the voice server.
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
      bot.clock.Advance(std::chrono::seconds(1));
      voice.Tick();
    }
  }

  TestBot bot;
  VoiceServer& voice = bot.discord.voice;
  const Snowflake guild = bot.guild().id;
  const Snowflake channel = bot.guild().ChannelsOf(ChannelType::kVoice).front();
  FakeTransport client;
};

}  // namespace standin
