#pragma once

#include <dpp/cluster.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "apps/discord_standin/standin.hpp"
#include "apps/discord_standin/traffic.hpp"
#include "apps/disruptor/discord/dpp_playback.hpp"
#include "apps/disruptor/discord/dpp_voice_gateway.hpp"
#include "apps/disruptor/discord/dpp_voice_links.hpp"
#include "apps/disruptor/music/player/guild_players.hpp"
#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/redirect/discord_redirect.hpp"

namespace disruptor {

using guildscope::testing::Eventually;

/// The parts of the bot that bring tracks into voice, put together as the bot does, and the stand-in that hears them.
/// One a process: OpenSSL reads once which authority it trusts.
class VoiceBot {
 public:
  struct Options {
    std::size_t guilds = 1;
    bool dave = true;  ///< Offers end-to-end encryption, which the stand-in declines.
  };
  explicit VoiceBot(const Options& options);
  ~VoiceBot();
  VoiceBot(const VoiceBot&) = delete;
  VoiceBot& operator=(const VoiceBot&) = delete;

  /// A tone of so many frames, for the first of the guilds.
  music::QueuedTrack MakeTone(double frequency, std::size_t frames);

  nlohmann::json Control(const std::string& path) const;
  nlohmann::json Heard() const { return Control("/audio/" + std::to_string(guild)); }
  /// Frames that were heard and are no silence.
  std::size_t FramesHeard() const;
  void AddFault(const nlohmann::json& fault) const;
  std::vector<music::Played> played() const;
  double Metric(const std::string& name, const std::vector<std::string>& labels);

  Snowflake guild = 0;
  Snowflake channel = 0;

 private:
  void Listen();

  standin::Standin standin_;
  guildscope::testing::DiscordRedirect redirect_;
  const std::string folder_;
  guildscope::metrics::Registry registry_;
  guildscope::tracing::Tracer tracer_;
  SeededRandom random_{1};
  mutable std::mutex mutex_;
  std::vector<music::Played> played_;  // guarded by mutex_
  std::atomic<int> ready_{0};
  std::unique_ptr<dpp::cluster> bot_;
  EventLoop loop_;
  DppVoiceLinks links_;
  DppPlayback playback_;
  DppVoiceGateway gateway_;

 public:
  VoiceSessions voice;

 private:
  WorkerPool pool_;

 public:
  music::GuildPlayers players;
};

}  // namespace disruptor
