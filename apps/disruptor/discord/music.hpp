#pragma once

#include <dpp/cluster.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "apps/disruptor/database/database.hpp"
#include "apps/disruptor/discord/command_runner.hpp"
#include "apps/disruptor/discord/dpp_directory.hpp"
#include "apps/disruptor/discord/dpp_message_sender.hpp"
#include "apps/disruptor/discord/music_commands.hpp"
#include "apps/disruptor/music/audio/cached_audio_source.hpp"
#include "apps/disruptor/music/pipeline/music_store.hpp"
#include "apps/disruptor/music/pipeline/pipeline.hpp"
#include "apps/disruptor/music/player/guild_players.hpp"
#include "apps/disruptor/music/player/sound_board.hpp"
#include "apps/disruptor/music/player/sound_visits.hpp"
#include "apps/disruptor/music/search/media_search.hpp"
#include "apps/disruptor/settings/music_settings.hpp"
#include "guildscope/instrumentation/curl/http_client.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace disruptor {

/// What music works with. Lifetime: everything must outlive it.
struct MusicParts {
  guildscope::Telemetry& telemetry;
  dpp::cluster& bot;
  Executor& executor;  ///< For requests to Discord.
  const guildscope::retry::Retries& retries;
  Database& database;
  DppDirectory& directory;
  VoiceSessions& voice;
  music::Playback& playback;
  Random& random;
  CommandRunner& runner;
};

/// The bot's music, put together: search, cache, pipeline, players, their commands and what random visits play.
///
/// Threads: Start and Stop from one, the rest any. Lifetime: stop it before D++ and the voice sessions are closed;
/// destroy it when D++ calls nothing any more.
class Music {
 public:
  /// Throws std::runtime_error when the cache's folder cannot be used, and DatabaseError. After the migrations.
  Music(const MusicParts& parts, const MusicSettings& settings);
  ~Music();
  Music(const Music&) = delete;
  Music& operator=(const Music&) = delete;

  /// Starts the jobs.
  void Start();

  /// Ends searches, downloads (their programs, too), players and jobs, and writes what they said. False when something
  /// did not end within the limit.
  bool Stop(std::chrono::milliseconds limit);
  /// When the voice sessions are closed, so that no join is under way any more.
  void StopJoining() { joins_.Stop(); }

  /// Every shard is ready: tells those who asked before a restart. `mine`: whether a guild is this process's.
  void OnReady(std::function<bool(Snowflake)> mine) { pipeline_->EndLeftovers(std::move(mine)); }

  /// What Discord says; tell the voice sessions first.
  void OnVoiceLeft(Snowflake guild) { players_.OnVoiceLeft(guild); }
  void OnSessionLost(const std::function<bool(Snowflake)>& is_of_shard) { players_.OnSessionLost(is_of_shard); }
  /// `gone`: for good, and not only unreachable for now.
  void OnGuildGone(Snowflake guild, bool gone);

  /// Messages that are being sent.
  [[nodiscard]] int sending() const noexcept { return sender_.active(); }

  /// What random visits play.
  [[nodiscard]] Visits& visits() noexcept { return visits_; }

 private:
  [[nodiscard]] music::PlayerParts MakePlayerParts();
  [[nodiscard]] std::optional<std::size_t> CountPeople(Snowflake guild, Snowflake channel);
  [[nodiscard]] std::vector<music::Chore> MakeChores();
  [[nodiscard]] std::vector<music::Track> ListSoundTracks() const;

  const MusicParts parts_;
  const MusicSettings settings_;
  const guildscope::logging::Logger logger_;
  guildscope::curl::HttpClient http_;
  music::MediaSearch search_;
  music::CachedAudioSource audio_;
  music::MusicStore store_;
  DppMessageSender sender_;
  WorkerPool joins_;  ///< Of players: a join blocks a thread, and commands are not to wait for that.
  std::unique_ptr<music::Pipeline> pipeline_;
  music::GuildPlayers players_;
  music::ListedSounds sounds_;
  music::SoundVisits visits_;
  std::unique_ptr<MusicCommands> commands_;
};

}  // namespace disruptor
