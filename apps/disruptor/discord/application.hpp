#pragma once

#include <dpp/cluster.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "apps/disruptor/database/database.hpp"
#include "apps/disruptor/discord/command_runner.hpp"
#include "apps/disruptor/discord/commands.hpp"
#include "apps/disruptor/discord/dpp_directory.hpp"
#include "apps/disruptor/discord/dpp_failure.hpp"
#include "apps/disruptor/discord/dpp_playback.hpp"
#include "apps/disruptor/discord/dpp_voice_gateway.hpp"
#include "apps/disruptor/discord/dpp_voice_links.hpp"
#include "apps/disruptor/discord/event_loop.hpp"
#include "apps/disruptor/discord/music.hpp"
#include "apps/disruptor/guilds/guild_settings.hpp"
#include "apps/disruptor/guilds/guild_store.hpp"
#include "apps/disruptor/random.hpp"
#include "apps/disruptor/scheduler/random_join.hpp"
#include "apps/disruptor/scheduler/scheduler_manager.hpp"
#include "apps/disruptor/scheduler/worker_pool.hpp"
#include "apps/disruptor/settings/settings.hpp"
#include "apps/disruptor/voice/voice_sessions.hpp"
#include "guildscope/health/background_job.hpp"
#include "guildscope/instrumentation/dpp/instrumentation.hpp"
#include "guildscope/instrumentation/postgres/instrumentation.hpp"
#include "guildscope/instrumentation/scheduler/jobs.hpp"
#include "guildscope/instrumentation/sqlite/instrumentation.hpp"
#include "guildscope/retry/retries.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace disruptor {

/// The whole bot, put together.
///
/// Threads: Start and Stop from one. Lifetime: the telemetry must outlive it.
class Application {
 public:
  struct Hooks {
    std::function<void(std::size_t shards)> on_ready;  ///< Once: every shard of this process is ready.
    std::function<void(const Failure&)> on_failure;    ///< The bot cannot go on; perhaps several times.
  };

  /// Opens the database and brings its schema up to date. Throws DatabaseError.
  Application(const BotSettings& settings, guildscope::Telemetry& telemetry, Hooks hooks);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// Connects to Discord, and returns.
  void Start();

  /// Ends the music and what it started, leaves voice, lets answers go out, sends the last telemetry, and disconnects.
  /// False when D++ did not end by the deadline: then nothing may be destroyed any more, and the process must end at
  /// once.
  bool Stop(std::chrono::steady_clock::time_point deadline);

 private:
  void Listen();
  void OnReady(const dpp::ready_t& event);
  void OnLog(const dpp::log_t& event);
  void ForgetOtherGuilds(std::uint32_t shard, const std::set<Snowflake>& guilds);
  void CheckGuild(Snowflake guild);
  void LoseGuild(Snowflake guild, bool gone);
  guildscope::health::Iteration RunDueTicks(guildscope::health::JobRun& run);
  void AwaitAnswers(std::chrono::milliseconds limit) const;

  const BotSettings settings_;
  guildscope::Telemetry& telemetry_;
  const Hooks hooks_;
  const guildscope::logging::Logger logger_;
  const std::string where_;  // Discord, or the stand-in

  // Before the database, so that its first statement is seen; whichever of the two it is.
  guildscope::sqlite::Instrumentation sqlite_statements_;
  guildscope::postgres::Instrumentation postgres_statements_;
  Database database_;
  GuildStore store_;
  std::optional<GuildSettingsBook> book_;  // after the migrations

  // D++ calls handlers until the cluster is destroyed, so that is the first thing to go; see the destructor.
  std::unique_ptr<dpp::cluster> bot_;
  guildscope::dpp::Instrumentation instrumentation_;
  EventLoop loop_;

  SeededRandom random_;
  SchedulerManager scheduler_;
  DppVoiceLinks links_;
  DppPlayback playback_;
  DppVoiceGateway gateway_;
  VoiceSessions voice_;
  DppDirectory directory_;
  guildscope::scheduler::Jobs jobs_;
  const guildscope::retry::Retries retries_;
  WorkerPool pool_;  // Before whoever gives it work, and stopped in Stop.
  CommandRunner runner_;
  std::optional<Music> music_;  // after the migrations
  std::optional<RandomJoin> random_join_;
  std::optional<Commands> commands_;

  std::atomic<bool> started_{false};
  std::mutex mutex_;
  std::set<std::uint32_t> ready_shards_;  // guarded by mutex_

  guildscope::metrics::Subscription scheduler_gauge_;
  guildscope::metrics::Subscription queued_tasks_;
  std::optional<guildscope::health::Check> database_check_;
  std::optional<guildscope::health::BackgroundJob> scheduler_job_;
};

}  // namespace disruptor
