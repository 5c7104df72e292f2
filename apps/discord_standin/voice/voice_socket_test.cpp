// Voice whole: a raw client over real TLS and real UDP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "apps/discord_standin/standin.hpp"
#include "apps/discord_standin/voice/opus_tone.hpp"
#include "apps/discord_standin/voice/voice_client.hpp"
#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/http_client.hpp"

namespace standin {
namespace {

using guildscope::testing::Eventually;
using guildscope::testing::Get;

Config TestConfig() {
  Config config;
  config.port = config.control_port = 0;
  config.ca_file = ::testing::TempDir() + "voice_socket_" + std::to_string(::getpid()) + ".pem";
  return config;
}

class VoiceSocketTest : public ::testing::Test {
 protected:
  VoiceSocketTest() {
    (void)gateway_.ReadOp(10);
    gateway_.Say(2, {{"token", "any"}, {"intents", 1 | 1 << 7}});
    const Json ready = gateway_.ReadEvent("READY");
    session_ = ready["session_id"];
    bot_ = ready["user"]["id"];
    guild_ = Control("/guilds")[0];
  }
  ~VoiceSocketTest() override { std::filesystem::remove(standin_.ca_file()); }

  Json Join(const Json& guild) {
    gateway_.Say(4, {{"guild_id", guild["id"]}, {"channel_id", guild["voice_channels"][0]["id"]}});
    const Json server = gateway_.ReadEvent("VOICE_SERVER_UPDATE");
    return {{"server_id", server["guild_id"]}, {"user_id", bot_}, {"session_id", session_}, {"token", server["token"]}};
  }

  VoiceClient Connect(const Json& identify, VoiceMode mode = VoiceMode::kAes256Gcm) {
    return {standin_.discord_port(), standin_.ca_file(), identify, mode};
  }

  Json Control(const std::string& path) { return Json::parse(Get(standin_.control_port(), path).body); }
  Json Heard() { return Control("/audio/" + guild_["id"].get<std::string>()); }

  void AddFault(const Json& fault) {
    const auto answer = guildscope::testing::Post(standin_.control_port(), "/faults", fault.dump());
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  Standin standin_{TestConfig()};
  WebsocketClient gateway_{standin_.discord_port(), standin_.ca_file(), "gateway.discord.gg", "/?v=10&encoding=json"};
  std::string session_;
  std::string bot_;
  Json guild_;
};

TEST_F(VoiceSocketTest, HearsWhatARawClientSends) {
  VoiceClient client = Connect(Join(guild_));
  EXPECT_EQ(client.hello["v"], 8);
  client.websocket.Say(5, {{"speaking", 1}, {"delay", 0}, {"ssrc", client.ready["ssrc"]}});
  for (const OpusPacket& packet : OpusTone(1'000, 50)) client.SendFrame(packet);
  ASSERT_TRUE(Eventually([&] { return Heard()["frames"] == 50; })) << Heard();
  const Json heard = Heard();
  EXPECT_EQ(heard["lost"], 0);
  EXPECT_EQ(heard["speaking"], true);
  EXPECT_EQ(heard["mode"], "aead_aes256_gcm_rtpsize");
  ASSERT_EQ(heard["segments"].size(), 1U);
  EXPECT_NEAR(heard["segments"][0]["frequency_hz"].get<double>(), 1'000, 1);
  EXPECT_EQ(heard["segments"][0]["duration_seconds"], 1.0);

  const std::string path = "/audio/" + guild_["id"].get<std::string>();
  const auto wav = Get(standin_.control_port(), path + "?format=wav");
  EXPECT_EQ(wav.body.substr(0, 4), "RIFF");
  EXPECT_EQ(wav.body.size(), 44U + 48'000 * 4);
  EXPECT_EQ(Get(standin_.control_port(), path + "?format=ogg").body.substr(0, 4), "OggS");
}

TEST_F(VoiceSocketTest, AnswersIpDiscoveryAndKeepAlives) {
  VoiceClient client = Connect(Join(guild_), VoiceMode::kXChaCha20Poly1305);
  std::vector<std::uint8_t> discovery(74, 0);
  discovery[1] = 1;
  discovery[3] = 70;
  discovery[7] = client.ready["ssrc"];
  client.SendUdp(discovery);
  const auto answer = client.ReceiveUdp();
  ASSERT_EQ(answer.size(), 74U);
  EXPECT_EQ(answer[72] << 8 | answer[73], client.udp_port());
  const std::vector<std::uint8_t> beat{7, 0, 0, 0, 0, 0, 0, 0};
  client.SendUdp(beat);
  EXPECT_EQ(client.ReceiveUdp(), beat);
}

TEST_F(VoiceSocketTest, ResumesAfterADroppedWebsocket) {
  const Json identify = Join(guild_);
  VoiceClient client = Connect(identify);
  client.SendFrame(OpusTone(440, 1)[0]);
  AddFault({{"kind", "voice_drop"}});
  EXPECT_EQ(client.websocket.ReadToTheEnd(), 0U);
  WebsocketClient again(standin_.discord_port(), standin_.ca_file(), "c-standin.discord.media", "/?v=8");
  (void)again.ReadOp(8);
  Json resume = identify;
  resume["seq_ack"] = -1;
  again.Say(7, resume);
  EXPECT_TRUE(again.ReadOp(9)["d"].is_null());
  client.SendFrame(OpusTone(440, 1)[0]);
  EXPECT_TRUE(Eventually([&] { return Heard()["frames"] == 2; })) << Heard();
  const Json voice = Control("/ledger")["voice"];
  EXPECT_EQ(voice["connects"], 2);
  EXPECT_EQ(voice["total"]["identifies"], 1);
  EXPECT_EQ(voice["total"]["resumes"], 1);
  EXPECT_EQ(voice["dropped"], 1);
}

TEST_F(VoiceSocketTest, ClosesWithTheCode) {
  VoiceClient client = Connect(Join(guild_));
  AddFault({{"kind", "voice_drop"}, {"code", 4015}});
  EXPECT_EQ(client.websocket.ReadToTheEnd(), 4015U);
}

TEST_F(VoiceSocketTest, KnowsVoiceByItsVersionWhereTheHostDoesNotSay) {
  WebsocketClient voice(standin_.discord_port(), standin_.ca_file(), "localhost", "/?v=8");
  EXPECT_EQ(voice.Read()["op"], 8);
  WebsocketClient gateway(standin_.discord_port(), standin_.ca_file(), "localhost", "/?v=10&encoding=json");
  EXPECT_EQ(gateway.Read()["op"], 10);
  WebsocketClient plain(standin_.discord_port(), standin_.ca_file(), "localhost", "/?v=10");
  EXPECT_EQ(plain.Read()["op"], 10);
}

TEST_F(VoiceSocketTest, HearsAllGuildsAtOnceOnOneSocket) {
  constexpr int kFrames = 100;
  const auto tone = OpusTone(440, kFrames);
  std::vector<std::unique_ptr<VoiceClient>> clients;
  for (const Json& guild : Control("/guilds")) {
    clients.push_back(std::make_unique<VoiceClient>(standin_.discord_port(), standin_.ca_file(), Join(guild)));
  }
  ASSERT_EQ(clients.size(), 5U);
  for (const OpusPacket& packet : tone) {
    for (const auto& client : clients) client->SendFrame(packet);
  }
  EXPECT_TRUE(Eventually([&] { return Control("/ledger")["rtp_frames"] == 5 * kFrames; })) << Control("/ledger");
  for (const Json& guild : Control("/ledger")["voice"]["guilds"]) {
    EXPECT_EQ(guild["rtp_frames"], kFrames);
    EXPECT_EQ(guild["lost"], 0);
  }
}

TEST(VoicePort, IsNamedWhereItIsTaken) {
  Config config = TestConfig();
  boost::asio::io_context io;
  const boost::asio::ip::udp::socket taken(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
  config.voice_port = taken.local_endpoint().port();
  try {
    const Standin standin(config);
    FAIL() << "bound twice";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("cannot receive voice on UDP 127.0.0.1:"));
  }
}

}  // namespace
}  // namespace standin
