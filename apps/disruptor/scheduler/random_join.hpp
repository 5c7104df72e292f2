#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "apps/disruptor/random.hpp"
#include "apps/disruptor/scheduler/scheduler_manager.hpp"
#include "apps/disruptor/scheduler/visits.hpp"
#include "apps/disruptor/scheduler/worker_pool.hpp"
#include "apps/disruptor/voice/channel_choice.hpp"
#include "apps/disruptor/voice/voice_sessions.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/instrumentation/scheduler/jobs.hpp"
#include "guildscope/logging/logger.hpp"

namespace disruptor {

/// What the bot knows of the voice channels of its guilds.
class GuildDirectory {
 public:
  virtual ~GuildDirectory() = default;

  /// Empty for a guild that the bot is not in. May block for a moment; throws when it cannot be known.
  virtual std::vector<VoiceChannel> VoiceChannels(Snowflake guild) = 0;
};

/// What `random_join` works with. Lifetime: everything must outlive the RandomJoin.
struct RandomJoinParts {
  const guildscope::scheduler::Jobs& jobs;
  std::function<ChannelWeights(Snowflake guild)> weights;
  GuildDirectory& directory;
  VoiceSessions& voice;
  Executor& executor;
  Random& random;
  const guildscope::Clock& clock;
  Visits* visits = nullptr;  ///< Null: it is silent, and every guild is free.
};

/// The scheduled job `random_join`: at a tick of a scheduler it visits the guilds that were chosen, each at its own
/// time: picks one of their voice channels by weight, joins, plays a sound, leaves when that has ended; without a sound
/// it stays a while. A guild whose voice is taken (by music) is left out.
///
/// One tick is one job. It lasts until the last of its guilds has been joined or not (the stay is no part of it), and
/// is an error when joins failed and none succeeded. A guild where nobody is in voice, or whose voice is taken, is no
/// failure.
///
/// Threads: any. Lifetime: the executor must be stopped before this is destroyed.
class RandomJoin {
 public:
  RandomJoin(const RandomJoinParts& parts, std::chrono::milliseconds stay, guildscope::logging::Logger logger);

  /// Hands the guilds of a tick to the executor, and returns.
  void Run(const Tick& tick);

  /// Joins, plays and leaves later; also for visits that somebody asked for. Blocks while it joins, and while a sound
  /// is made ready.
  JoinResult DropIn(Snowflake guild, Snowflake channel);

  static constexpr const char* kHandlerType = "random_join";

 private:
  class Job;

  void Visit(Job& job, Snowflake guild);
  void LeaveAt(Executor::TimePoint at, Snowflake guild, std::uint64_t session);
  void Leave(Snowflake guild, std::uint64_t session);
  [[nodiscard]] bool IsTaken(Snowflake guild) const;

  const RandomJoinParts parts_;
  const std::chrono::milliseconds stay_;
  const guildscope::logging::Logger logger_;
};

}  // namespace disruptor
