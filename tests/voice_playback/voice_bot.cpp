#include "tests/voice_playback/voice_bot.hpp"

#include <dpp/cache.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/discord_standin/voice/opus_tone.hpp"
#include "apps/disruptor/music/ogg/ogg_fixture.hpp"
#include "guildscope/base/uuid.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/recorded_metrics.hpp"

namespace disruptor {
namespace {

using namespace std::chrono_literals;

constexpr const char* kToken = "a-token-for-the-test";

std::string MakeFolder() {
  const std::string folder = ::testing::TempDir() + "voice_playback_" + std::to_string(::getpid());
  std::filesystem::create_directory(folder);
  return folder;
}

standin::Config MakeConfig(std::size_t guilds) {
  standin::Config config;
  config.port = config.control_port = 0;
  config.token = kToken;
  config.guilds = guilds;
  config.voice_heartbeat_interval = 2s;
  config.ca_file = MakeFolder() + "/ca.pem";
  return config;
}

}  // namespace

VoiceBot::VoiceBot(const Options& options)
    : standin_(MakeConfig(options.guilds)),
      redirect_("127.0.0.1:" + std::to_string(standin_.discord_port()), standin_.ca_file()),
      folder_(MakeFolder()),
      bot_(std::make_unique<dpp::cluster>(kToken, dpp::i_guilds | dpp::i_guild_voice_states)),
      loop_(*bot_),
      links_(*bot_, loop_, options.dave, {}),
      playback_(*bot_, links_),
      gateway_(*bot_, loop_, links_),
      voice(gateway_, registry_, guildscope::RealClock(), {.join = 5s, .leave = 2s}),
      pool_(2, 100, [](std::string_view) { std::abort(); }),
      players({.voice = voice,
               .playback = playback_,
               .executor = pool_,
               .random = random_,
               .metrics = registry_,
               .tracer = tracer_,
               .clock = guildscope::RealClock(),
               .on_played =
                   [this](const music::Played& played) {
                     const std::lock_guard lock(mutex_);
                     played_.push_back(played);
                   }},
              {.audio_limit = 3s}) {
  Listen();
  bot_->start(dpp::st_return);
  EXPECT_TRUE(Eventually([&] { return ready_ > 0 && dpp::get_guild_count() == options.guilds; }));
  const nlohmann::json first = Control("/guilds")[0];
  guild = std::stoull(first["id"].get<std::string>());
  channel = std::stoull(first["voice_channels"][0]["id"].get<std::string>());
}

VoiceBot::~VoiceBot() {
  players.Close();
  voice.Close(2s);
  pool_.Stop();
  playback_.Close();
  links_.Close();
  loop_.Close();
  bot_->shutdown();
  bot_.reset();
  std::filesystem::remove_all(folder_);
}

void VoiceBot::Listen() {
  bot_->on_log([](const dpp::log_t& event) {
    const auto lowest = std::getenv("DPP_TRACE") != nullptr ? dpp::ll_trace : dpp::ll_warning;
    if (event.severity >= lowest) std::clog << "D++: " << event.message << '\n';
  });
  bot_->on_ready([this](const dpp::ready_t&) {
    if (ready_++ == 0) return;
    const auto all = [](Snowflake) { return true; };
    voice.OnSessionLost(all);
    players.OnSessionLost(all);
    links_.DropAll(all);
  });
  bot_->on_voice_state_update([this](const dpp::voice_state_update_t& event) {
    if (event.state.user_id != bot_->me.id) return;
    links_.OnOwnVoiceState(event.state.guild_id, event.state.channel_id, event.state.session_id);
    voice.OnOwnVoiceState(event.state.guild_id, event.state.channel_id);
    if (event.state.channel_id.empty()) players.OnVoiceLeft(event.state.guild_id);
  });
  bot_->on_voice_server_update([this](const dpp::voice_server_update_t& event) {
    links_.OnVoiceServer(event.guild_id, event.token, event.endpoint);
  });
}

music::QueuedTrack VoiceBot::MakeTone(double frequency, std::size_t frames) {
  const std::string name = std::to_string(static_cast<int>(frequency));
  music::OggWriter writer;
  writer.Write(music::MakeOpusHead(), 0);
  writer.Write(music::MakeOpusTags(), 0);
  std::int64_t granule = 0;
  for (const auto& packet : standin::OpusTone(frequency, frames)) {
    granule += music::kFrameSamples;
    writer.Write({packet.begin(), packet.end()}, granule,
                 granule == static_cast<std::int64_t>(frames) * music::kFrameSamples);
  }
  const std::string path = folder_ + "/" + name + ".ogg";
  music::WriteFile(path, writer.bytes());
  music::QueuedTrack track;
  track.request = {.uuid = guildscope::NewUuid(), .bundle = "", .guild = guild, .voice_channel = channel};
  track.track = {.key = "sound:" + name, .url = path, .title = name, .artist = ""};
  track.audio = std::make_shared<music::AudioFile>(music::AudioFile{.path = path});
  return track;
}

nlohmann::json VoiceBot::Control(const std::string& path) const {
  return nlohmann::json::parse(guildscope::testing::Get(standin_.control_port(), path).body);
}

std::size_t VoiceBot::FramesHeard() const {
  const auto heard = Control("/ledger")["voice"]["total"];
  return heard["rtp_frames"].get<std::size_t>() - heard["silence_frames"].get<std::size_t>();
}

void VoiceBot::AddFault(const nlohmann::json& fault) const {
  const auto answer = guildscope::testing::Post(standin_.control_port(), "/faults", fault.dump());
  ASSERT_EQ(answer.status, 200) << answer.body;
}

std::vector<music::Played> VoiceBot::played() const {
  const std::lock_guard lock(mutex_);
  return played_;
}

double VoiceBot::Metric(const std::string& name, const std::vector<std::string>& labels) {
  return guildscope::testing::ValueOf(registry_, name, labels);
}

}  // namespace disruptor
