#pragma once

#include <dpp/cluster.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/disruptor/commands/command_replies.hpp"
#include "apps/disruptor/discord/dpp_directory.hpp"
#include "apps/disruptor/discord/event_loop.hpp"
#include "apps/disruptor/discord/rest_retry.hpp"
#include "apps/disruptor/guilds/guild_settings.hpp"
#include "apps/disruptor/scheduler/random_join.hpp"
#include "apps/disruptor/scheduler/scheduler_manager.hpp"
#include "apps/disruptor/voice/voice_sessions.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace disruptor {

/// What the commands work with. Lifetime: everything must outlive them.
struct CommandParts {
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

/// The slash commands: shells around the functions of command_replies.hpp.
///
/// What is known at once is answered at once, by a function; what may take a moment is deferred, worked out on a
/// worker, and answered by a coroutine. Every interaction gets exactly one callback, also when a handler fails: then
/// the user is told, and the exception goes on to whoever counts.
///
/// Threads: D++'s. Lifetime: until D++ calls no handlers any more.
class Commands {
 public:
  explicit Commands(const CommandParts& parts);
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  /// Tells Discord which commands there are; tries again until it works.
  void Register();

  /// Interactions that are being handled or answered.
  [[nodiscard]] int active() const noexcept { return active_; }

 private:
  using AtOnce = std::string (Commands::*)(const dpp::slashcommand_t&);
  using Later = std::string (Commands::*)(const Caller&, const dpp::slashcommand_t&);

  std::string Interval(const dpp::slashcommand_t& event);
  std::string Chance(const dpp::slashcommand_t& event);
  std::string Weight(const dpp::slashcommand_t& event);
  std::string Next(const dpp::slashcommand_t& event);
  std::string Disrupt(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Disconnect(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Status(const Caller& caller, const dpp::slashcommand_t& event);

  void HandleAtOnce(const dpp::slashcommand_t& event);
  dpp::task<void> HandleLater(const dpp::slashcommand_t& event);
  dpp::async<bool> Acknowledge(const dpp::slashcommand_t& event);
  dpp::async<std::string> OnWorker(Later handler, const dpp::slashcommand_t& event, std::exception_ptr& failure);
  dpp::async<bool> Answer(const dpp::slashcommand_t& event, const std::string& text);
  void Reschedule(Snowflake guild);
  void RegisterAgain(std::chrono::seconds wait);

  static const std::map<std::string, AtOnce, std::less<>>& AtOnceHandlers();
  static const std::map<std::string, Later, std::less<>>& LaterHandlers();

  const CommandParts parts_;
  const std::chrono::steady_clock::time_point started_;
  const guildscope::logging::Logger logger_;
  RestRetry retry_;
  std::atomic<int> active_{0};
};

/// What Discord is told about the commands.
[[nodiscard]] std::vector<dpp::slashcommand> DescribeCommands(dpp::snowflake application);

}  // namespace disruptor
