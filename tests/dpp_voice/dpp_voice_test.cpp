#include <dpp/dpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "apps/discord_standin/snowflake.hpp"
#include "apps/discord_standin/standin.hpp"
#include "apps/discord_standin/voice/opus_tone.hpp"
#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/redirect/discord_redirect.hpp"

namespace standin {
namespace {

using guildscope::testing::DiscordRedirect;
using guildscope::testing::Eventually;
using std::chrono::seconds;

constexpr seconds kLimit{60};
constexpr std::uint64_t kFrameMs = 20;

Config TestConfig() {
  Config config;
  config.port = config.control_port = 0;
  config.guilds = 2;
  config.voice_heartbeat_interval = seconds(2);
  config.ca_file = ::testing::TempDir() + "dpp_voice_" + std::to_string(::getpid()) + ".pem";
  return config;
}

/// One test a process, as ctest does: a process that has had one cluster cannot trust a second stand-in.
class DppVoiceTest : public ::testing::Test {
 protected:
  DppVoiceTest() {
    bot_.on_log([](const dpp::log_t& event) {
      const auto lowest = std::getenv("DPP_TRACE") != nullptr ? dpp::ll_trace : dpp::ll_warning;
      if (event.severity >= lowest) std::clog << "D++: " << event.message << '\n';
    });
    bot_.on_voice_ready([this](const dpp::voice_ready_t& event) {
      voice_ = event.voice_client;
      ++voice_ready_;
    });
  }
  ~DppVoiceTest() override { std::filesystem::remove(standin_.ca_file()); }

  void Join() {
    bot_.start(dpp::st_return);
    ASSERT_TRUE(Eventually([&] { return Control("/ledger")["guilds"][0]["connected"] == true; }));
    const Json guild = Control("/guilds")[0];
    guild_ = guild["id"];
    channel_ = guild["voice_channels"][0]["id"];
    Shard().connect_voice(dpp::snowflake(guild_), dpp::snowflake(channel_));
    ASSERT_TRUE(Eventually([&] { return voice_ready_ == 1; })) << Control("/ledger")["voice"];
  }

  dpp::discord_client& Shard() { return *bot_.get_shard(0); }

  void Play(const std::vector<OpusPacket>& packets) {
    for (const OpusPacket& packet : packets) {
      voice_.load()->send_audio_opus(packet.data(), packet.size(), kFrameMs, false);
    }
  }

  Json Control(const std::string& path) {
    return Json::parse(guildscope::testing::Get(standin_.control_port(), path).body);
  }
  Json Heard() { return Control("/audio/" + guild_); }
  Json Voice() { return Control("/ledger")["voice"]; }
  /// Frames that are not silence, of which D++ sends some when it comes and goes.
  std::uint64_t Sounds() {
    const Json total = Voice()["total"];
    return total["rtp_frames"].get<std::uint64_t>() - total["silence_frames"].get<std::uint64_t>();
  }
  std::uint64_t Frames() { return Control("/ledger")["rtp_frames"]; }
  void AddFault(const Json& fault) {
    const auto answer = guildscope::testing::Post(standin_.control_port(), "/faults", fault.dump());
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  Standin standin_{TestConfig()};
  DiscordRedirect redirect_{"127.0.0.1:" + std::to_string(standin_.discord_port()), standin_.ca_file()};
  std::string guild_;
  std::string channel_;
  std::atomic<dpp::discord_voice_client*> voice_{nullptr};
  std::atomic<int> voice_ready_{0};
  dpp::cluster bot_{"a-token"};
};

TEST_F(DppVoiceTest, IsHeardFrameByFrame) {
  Join();
  Play(OpusTone(440, 150));
  // D++ sends a frame of silence of its own when it gets in.
  ASSERT_TRUE(Eventually([&] { return Frames() == 151; })) << Heard();
  const Json heard = Heard();
  EXPECT_EQ(heard["silence_frames"], 1);
  EXPECT_EQ(heard["lost"], 0);
  EXPECT_EQ(heard["duplicates"], 0);
  EXPECT_EQ(heard["undecryptable"], 0);
  EXPECT_EQ(heard["timestamp_errors"], 0);
  EXPECT_EQ(heard["mode"], "aead_xchacha20_poly1305_rtpsize");
  EXPECT_EQ(heard["channel_id"], channel_);
  double duration = 0;
  for (const Json& segment : heard["segments"]) {
    duration += segment["duration_seconds"].get<double>();
    EXPECT_NEAR(segment["frequency_hz"].get<double>(), 440, 1) << heard;
    EXPECT_NEAR(segment["rms"].get<double>(), 0.25 / std::sqrt(2.0), 0.02) << heard;
    EXPECT_GT(segment["purity"].get<double>(), 0.95) << heard;
  }
  EXPECT_NEAR(duration, 3.0, 1e-9);
  EXPECT_TRUE(Eventually([&] { return Heard()["speaking"] == true; })) << "op 5 waits for D++'s timer of a second";
}

TEST_F(DppVoiceTest, LeavesAndComesBackWithASessionOfItsOwn) {
  Join();
  Play(OpusTone(440, 10));
  ASSERT_TRUE(Eventually([&] { return Sounds() == 10; })) << Heard();
  Shard().disconnect_voice(dpp::snowflake(guild_));
  ASSERT_TRUE(Eventually([&] { return Control("/ledger")["voice_leaves"].size() == 1; }));
  EXPECT_TRUE(Eventually([&] { return Heard()["connected"] == false; }));
  Shard().connect_voice(dpp::snowflake(guild_), dpp::snowflake(channel_));
  ASSERT_TRUE(Eventually([&] { return voice_ready_ == 2; }));
  Play(OpusTone(440, 10));
  EXPECT_TRUE(Eventually([&] { return Sounds() == 20; })) << Heard();
  EXPECT_EQ(Voice()["total"]["identifies"], 2);
  EXPECT_EQ(Voice()["closes"], Json::array()) << "it went by itself";
}

TEST_F(DppVoiceTest, ResumesAfterADroppedWebsocket) {
  Join();
  AddFault({{"kind", "voice_drop"}});
  EXPECT_TRUE(Eventually([&] { return Voice()["total"]["resumes"] == 1; })) << Voice();
  EXPECT_EQ(Voice()["total"]["identifies"], 1);
}

TEST_F(DppVoiceTest, JoinsAgainWhenItsSessionIsNoLongerValid) {
  Join();
  AddFault({{"kind", "voice_drop"}, {"code", 4006}});
  ASSERT_TRUE(Eventually([&] { return voice_ready_ == 2; })) << Voice();
  EXPECT_EQ(Voice()["total"]["identifies"], 2);
  Play(OpusTone(440, 10));
  EXPECT_TRUE(Eventually([&] { return Sounds() == 10; })) << Heard();
}

TEST_F(DppVoiceTest, MovesToAChangedServer) {
  Join();
  AddFault({{"kind", "voice_server_change"}});
  ASSERT_TRUE(Eventually([&] { return voice_ready_ == 2; })) << Voice();
  Play(OpusTone(440, 10));
  EXPECT_TRUE(Eventually([&] { return Sounds() == 10; })) << Heard();
  EXPECT_EQ(Voice()["total"]["undecryptable"], 0);
}

TEST_F(DppVoiceTest, IsTakenOutOfTheChannelByAModerator) {
  std::atomic<bool> left{false};
  bot_.on_voice_state_update([&](const dpp::voice_state_update_t& event) {
    if (event.state.user_id == bot_.me.id && event.state.channel_id.empty()) left = true;
  });
  Join();
  AddFault({{"kind", "voice_drop"}, {"code", 4014}});
  EXPECT_TRUE(Eventually([&] { return left.load(); })) << Voice();
  EXPECT_EQ(Voice()["closes"], Json::parse(R"([{"code": 4014, "count": 1}])"));
}

TEST_F(DppVoiceTest, WaitsForASlowServer) {
  AddFault({{"kind", "voice_slow"}, {"milliseconds", 2'500}});
  Join();
  Play(OpusTone(440, 10));
  EXPECT_TRUE(Eventually([&] { return Frames() == 11; })) << Heard();
}

}  // namespace
}  // namespace standin
