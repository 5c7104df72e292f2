#include "apps/disruptor/scheduler/random_join.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace disruptor {

/// What the visits of one tick share; ends with the last of them, also when the executor drops them.
class RandomJoin::Job {
 public:
  Job(guildscope::scheduler::ScopedJob job, std::size_t considered) : job_(std::move(job)), considered_(considered) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    job_.SetGuilds(considered_, joined_);
    if (failed_ > 0 && joined_ == 0) job_.Fail("join_failed", "no guild could be joined");
  }

  void CountJoined() noexcept { ++joined_; }
  void CountFailed() noexcept { ++failed_; }
  [[nodiscard]] guildscope::tracing::Context context() const { return job_.context(); }

 private:
  guildscope::scheduler::ScopedJob job_;
  const std::size_t considered_;
  std::atomic<std::size_t> joined_{0};
  std::atomic<std::size_t> failed_{0};
};

RandomJoin::RandomJoin(const RandomJoinParts& parts, std::chrono::milliseconds stay, guildscope::logging::Logger logger)
    : parts_(parts), stay_(stay), logger_(std::move(logger)) {}

void RandomJoin::Run(const Tick& tick) {
  const auto job = std::make_shared<Job>(parts_.jobs.Start(kHandlerType), tick.considered);
  for (const Tick::Join& join : tick.joins) {
    const bool accepted = parts_.executor.RunAt(join.at, [this, job, guild = join.guild] { Visit(*job, guild); });
    if (accepted) continue;
    job->CountFailed();
    logger_.Warning("guild {} is left out: too many joins wait for a worker (setting scheduler.workers)", join.guild);
  }
}

void RandomJoin::Visit(Job& job, Snowflake guild) {
  const guildscope::tracing::ContextScope scope(job.context());
  try {
    if (IsTaken(guild)) return;
    const auto channels = parts_.directory.VoiceChannels(guild);
    const auto channel = ChooseChannel(channels, parts_.weights(guild), parts_.random.Next());
    if (!channel) return;
    const JoinResult result = DropIn(guild, *channel);
    switch (result.outcome) {
      case JoinOutcome::kJoined:
        job.CountJoined();
        logger_.Info("joined channel {} of guild {}", *channel, guild);
        return;
      case JoinOutcome::kAlreadyThere:
      case JoinOutcome::kBusy:
      case JoinOutcome::kClosed:
        return;
      case JoinOutcome::kNotConnected:
      case JoinOutcome::kTimedOut:
      case JoinOutcome::kGuildGone:
        job.CountFailed();
        logger_.Warning("could not join channel {} of guild {}: {}", *channel, guild, ToString(result.outcome));
        return;
    }
  } catch (const std::exception& error) {
    job.CountFailed();
    logger_.Error("could not visit guild {}: {}", guild, error.what());
  }
}

JoinResult RandomJoin::DropIn(Snowflake guild, Snowflake channel) {
  const Visits::Sound sound = parts_.visits == nullptr ? Visits::Sound() : parts_.visits->Prepare(guild);
  const JoinResult result = parts_.voice.Join(guild, channel);
  if (result != JoinOutcome::kJoined) return result;
  const auto leave_now = [this, guild, session = result.session] { LeaveAt(parts_.clock.SteadyNow(), guild, session); };
  if (!sound || !sound(leave_now)) LeaveAt(parts_.clock.SteadyNow() + stay_, guild, result.session);
  return result;
}

void RandomJoin::LeaveAt(Executor::TimePoint at, Snowflake guild, std::uint64_t session) {
  const auto leave = [this, guild, session] { Leave(guild, session); };
  // Refused when too many wait, or the bot is ending: then at once, for a bot that stays forever is worse.
  if (!parts_.executor.RunAt(at, leave)) leave();
}

void RandomJoin::Leave(Snowflake guild, std::uint64_t session) {
  if (!IsTaken(guild)) parts_.voice.Leave(guild, session);
}

bool RandomJoin::IsTaken(Snowflake guild) const { return parts_.visits != nullptr && parts_.visits->IsTaken(guild); }

}  // namespace disruptor
