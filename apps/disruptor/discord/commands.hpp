#pragma once

#include <dpp/cluster.h>

#include <chrono>
#include <string>
#include <vector>

#include "apps/disruptor/commands/command_replies.hpp"
#include "apps/disruptor/discord/command_runner.hpp"
#include "apps/disruptor/discord/dpp_directory.hpp"
#include "apps/disruptor/discord/event_loop.hpp"
#include "apps/disruptor/guilds/guild_settings.hpp"
#include "apps/disruptor/scheduler/random_join.hpp"
#include "apps/disruptor/scheduler/scheduler_manager.hpp"
#include "apps/disruptor/voice/voice_sessions.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace disruptor {

/// What the commands work with. Lifetime: everything must outlive them.
struct CommandParts {
  CommandRunner& runner;
  dpp::cluster& bot;
  guildscope::Telemetry& telemetry;
  EventLoop& loop;
  Executor& executor;
  GuildSettingsBook& settings;
  SchedulerManager& scheduler;
  VoiceSessions& voice;
  DppDirectory& directory;
  RandomJoin& random_join;
  IntervalLimits interval_limits;
};

/// The slash commands that are not music: shells around the functions of command_replies.hpp.
///
/// Threads: D++'s and the executor's. Lifetime: until the runner calls no handlers any more.
class Commands {
 public:
  explicit Commands(const CommandParts& parts);
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  /// Tells Discord which commands there are; tries again until it works.
  void Register();

 private:
  using Handler = std::string (Commands::*)(const Caller&, const dpp::slashcommand_t&);

  std::string Interval(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Chance(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Weight(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Next(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Disrupt(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Status(const Caller& caller, const dpp::slashcommand_t& event);

  void Reschedule(Snowflake guild);
  void RegisterAgain(std::chrono::seconds wait);

  const CommandParts parts_;
  const std::chrono::steady_clock::time_point started_;
  const guildscope::logging::Logger logger_;
};

/// What Discord is told about the commands.
[[nodiscard]] std::vector<dpp::slashcommand> DescribeCommands(dpp::snowflake application);

}  // namespace disruptor
