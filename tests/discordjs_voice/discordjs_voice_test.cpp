#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "apps/discord_standin/standin.hpp"
#include "apps/discord_standin/voice/heard_report.hpp"
#include "apps/discord_standin/voice/opus_tone.hpp"
#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/process.hpp"

namespace standin {
namespace {

using guildscope::testing::Eventually;
using guildscope::testing::Process;
using std::chrono::seconds;

constexpr seconds kLimit{60};
constexpr auto kToken = "MTIz.a-token.of-discord-js";
constexpr std::size_t kFrames = 100;

std::filesystem::path Folder() {
  return std::filesystem::path(::testing::TempDir()) / ("discordjs_voice_" + std::to_string(::getpid()));
}

Config TestConfig() {
  std::filesystem::create_directories(Folder());
  Config config;
  config.port = config.control_port = 0;
  config.token = kToken;
  config.gateway_url = "wss://127.0.0.1:{port}";
  config.voice_server = "127.0.0.1:{port}";
  config.voice_heartbeat_interval = seconds(1);
  config.ca_file = Folder() / "ca.pem";
  return config;
}

/// Two seconds of a tone as an Ogg Opus file.
std::string ToneFile() {
  Heard sound;
  for (const OpusPacket& packet : OpusTone(880, kFrames)) {
    HeardFrame frame;
    frame.samples = kToneFrame;
    frame.opus = packet;
    sound.frames.push_back(frame);
  }
  return HeardAsOgg(sound);
}

class DiscordJsVoiceTest : public ::testing::Test {
 protected:
  DiscordJsVoiceTest() {
    std::ofstream(Folder() / "tone.ogg") << ToneFile();
    guild_ = Control("/guilds")[0];
    bot_ = std::make_unique<Process>(guildscope::testing::ProcessOptions{
        .command = {"node", "bot.mjs"},
        .environment = {{"STANDIN_API", "https://127.0.0.1:" + std::to_string(standin_.discord_port()) + "/api"},
                        {"STANDIN_TOKEN", kToken},
                        {"CHANNEL", guild_["voice_channels"][0]["id"]},
                        {"SOUND", Folder() / "tone.ogg"},
                        {"NODE_EXTRA_CA_CERTS", standin_.ca_file()}},
        .working_directory = BOT_FOLDER});
  }
  ~DiscordJsVoiceTest() override { std::filesystem::remove_all(Folder()); }

  Json Control(const std::string& path) {
    return Json::parse(guildscope::testing::Get(standin_.control_port(), path).body);
  }
  Json Heard() { return Control("/audio/" + guild_["id"].get<std::string>()); }
  Json Voice() { return Control("/ledger")["voice"]; }
  void AddFault(const Json& fault) {
    const auto answer = guildscope::testing::Post(standin_.control_port(), "/faults", fault.dump());
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  bool HasHeard(std::uint64_t frames) {
    return Eventually([&] { return Control("/ledger")["rtp_frames"] == frames; });
  }

  Standin standin_{TestConfig()};
  Json guild_;
  std::unique_ptr<Process> bot_;
};

TEST_F(DiscordJsVoiceTest, IsHeardFrameByFrame) {
  const std::uint64_t sent = bot_->WaitForEvent("played", kLimit).at("packets");
  EXPECT_TRUE(HasHeard(sent)) << Heard() << bot_->Output() << bot_->Errors();
  const Json heard = Heard();
  EXPECT_EQ(heard["silence_frames"], sent - kFrames) << "what the library sends after a sound";
  EXPECT_EQ(heard["lost"], 0);
  EXPECT_EQ(heard["duplicates"], 0);
  EXPECT_EQ(heard["undecryptable"], 0);
  EXPECT_EQ(heard["mode"], "aead_aes256_gcm_rtpsize") << "what node does by itself";
  double seconds_heard = 0;
  for (const Json& segment : heard["segments"]) {
    seconds_heard += segment["duration_seconds"].get<double>();
    EXPECT_NEAR(segment["frequency_hz"].get<double>(), 880, 2) << heard;
  }
  EXPECT_NEAR(seconds_heard, 2.0, 1e-9);
  EXPECT_EQ(Voice()["total"]["identifies"], 1);
  EXPECT_EQ(Voice()["stray_packets"], 0);
  EXPECT_TRUE(Eventually([&] { return Voice()["heartbeats"] > 2; }));
  EXPECT_TRUE(Eventually([&] { return Heard()["speaking"] == false; }));
  EXPECT_EQ(Voice()["closes"], Json::array()) << bot_->Errors();
}

TEST_F(DiscordJsVoiceTest, ResumesAfterADroppedWebsocketAndGoesOnWithTheSequence) {
  const std::uint64_t sent = bot_->WaitForEvent("played", kLimit).at("packets");
  AddFault({{"kind", "voice_drop"}});
  EXPECT_TRUE(Eventually([&] { return Voice()["total"]["resumes"] == 1; })) << Voice() << bot_->Errors();
  bot_->Signal(SIGUSR1);
  EXPECT_TRUE(HasHeard(2 * sent)) << Heard() << bot_->Output();
  EXPECT_EQ(Heard()["lost"], 0);
  EXPECT_EQ(Voice()["total"]["identifies"], 1);
}

TEST_F(DiscordJsVoiceTest, IdentifiesAgainWithTheTokenOfANewServer) {
  const std::uint64_t sent = bot_->WaitForEvent("played", kLimit).at("packets");
  AddFault({{"kind", "voice_server_change"}});
  EXPECT_TRUE(Eventually([&] { return Voice()["total"]["identifies"] == 2; })) << Voice() << bot_->Errors();
  (void)bot_->WaitForEvent("voice_ready", kLimit);
  bot_->Signal(SIGUSR1);
  EXPECT_TRUE(HasHeard(2 * sent)) << Heard() << bot_->Output();
  EXPECT_EQ(Heard()["undecryptable"], 0);
}

TEST_F(DiscordJsVoiceTest, JoinsAgainWhenItsSessionIsNoLongerValid) {
  const std::uint64_t sent = bot_->WaitForEvent("played", kLimit).at("packets");
  AddFault({{"kind", "voice_drop"}, {"code", 4006}});
  EXPECT_TRUE(Eventually([&] { return Voice()["total"]["identifies"] == 2; })) << Voice() << bot_->Errors();
  EXPECT_TRUE(Eventually([&] { return Heard()["mode"].is_string(); }));
  bot_->Signal(SIGUSR1);
  EXPECT_TRUE(HasHeard(2 * sent)) << Heard() << bot_->Output();
}

TEST_F(DiscordJsVoiceTest, LeavesTheChannel) {
  (void)bot_->WaitForEvent("played", kLimit);
  bot_->Signal(SIGUSR2);
  EXPECT_TRUE(Eventually([&] { return Control("/ledger")["voice_leaves"].size() == 1; }));
  EXPECT_TRUE(Eventually([&] { return Heard()["connected"] == false; })) << Heard();
}

}  // namespace
}  // namespace standin
