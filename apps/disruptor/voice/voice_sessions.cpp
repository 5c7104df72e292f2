#include "apps/disruptor/voice/voice_sessions.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "guildscope/metrics/catalogue.hpp"

namespace disruptor {
namespace {

namespace catalogue = guildscope::metrics::catalogue;

// How often a wait looks at the clock again: it may be one that somebody else moves.
constexpr std::chrono::milliseconds kLookAgain{50};
constexpr std::chrono::seconds kGoneLimit{1};

}  // namespace

const char* ToString(JoinOutcome outcome) noexcept {
  switch (outcome) {
    case JoinOutcome::kJoined:
      return "joined";
    case JoinOutcome::kAlreadyThere:
      return "already there";
    case JoinOutcome::kBusy:
      return "busy";
    case JoinOutcome::kNotConnected:
      return "not connected";
    case JoinOutcome::kTimedOut:
      return "timed out";
    case JoinOutcome::kGuildGone:
      return "guild gone";
    case JoinOutcome::kClosed:
      return "closed";
  }
  return "unknown";
}

VoiceSessions::VoiceSessions(VoiceGateway& gateway, guildscope::metrics::Registry& registry,
                             const guildscope::Clock& clock, VoiceLimits limits)
    : gateway_(gateway),
      clock_(clock),
      limits_(limits),
      attempts_(registry.Get(catalogue::kVoiceConnectionAttempts)),
      active_(registry.Get(catalogue::kVoiceConnectionsActive)),
      audio_work_(registry.Get(catalogue::kAudioProcessingDuration)) {}

template <typename Predicate>
bool VoiceSessions::WaitUntil(std::unique_lock<std::mutex>& lock, TimePoint deadline, Predicate predicate) {
  while (!predicate()) {
    const auto left = deadline - clock_.SteadyNow();
    if (left <= std::chrono::nanoseconds(0)) return false;
    changed_.wait_for(lock, std::min<std::chrono::nanoseconds>(left, kLookAgain));
  }
  return true;
}

JoinResult VoiceSessions::Join(Snowflake guild, Snowflake channel) {
  std::unique_lock lock(mutex_);
  if (closed_) return {JoinOutcome::kClosed};
  const auto [entry, is_new] = sessions_.try_emplace(guild);
  Session& session = entry->second;  // Stays where it is: nobody else may end it while it is joining.
  if (!is_new) {
    const bool there = session.state == State::kJoined && session.channel == channel;
    return {there ? JoinOutcome::kAlreadyThere : JoinOutcome::kBusy};
  }
  session.number = ++last_number_;
  session.channel = channel;

  lock.unlock();
  gateway_.AwaitTurn(guild);
  lock.lock();
  if (session.outcome) {  // The bot is ending, or the guild is gone.
    const JoinOutcome outcome = *session.outcome;
    End(guild);
    return {outcome};
  }
  session.asking = true;
  const TimePoint deadline = clock_.SteadyNow() + limits_.join;
  lock.unlock();
  const bool asked = gateway_.SendVoiceState(guild, channel);
  lock.lock();
  if (!asked) {
    End(guild);
    return {JoinOutcome::kNotConnected};
  }
  WaitUntil(lock, deadline, [&] { return session.outcome.has_value(); });
  const JoinOutcome outcome = session.outcome.value_or(JoinOutcome::kTimedOut);
  const std::string id = std::to_string(guild);
  const bool joined = outcome == JoinOutcome::kJoined;
  attempts_.Add(1, {id, joined ? "success" : "error"});
  if (joined) {
    session.state = State::kJoined;
    active_.Set(1, {id});
    changed_.notify_all();
    return {outcome, session.number};
  }
  End(guild);
  lock.unlock();
  // What Discord may yet do with the request is not wanted any more.
  if (outcome == JoinOutcome::kTimedOut || outcome == JoinOutcome::kClosed) gateway_.SendVoiceState(guild, 0);
  return {outcome};
}

bool VoiceSessions::Leave(Snowflake guild, std::optional<std::uint64_t> number) {
  std::unique_lock lock(mutex_);
  const auto entry = sessions_.find(guild);
  if (entry == sessions_.end() || entry->second.state != State::kJoined) return false;
  Session& session = entry->second;
  if (number && *number != session.number) return false;
  session.state = State::kLeaving;
  const TimePoint start = clock_.SteadyNow();

  lock.unlock();
  gateway_.AwaitTurn(guild);
  const TimePoint deadline = clock_.SteadyNow() + limits_.leave;
  const bool asked = gateway_.SendVoiceState(guild, 0);
  lock.lock();
  // Without a session there is nobody who would confirm, and nothing to leave.
  if (asked) WaitUntil(lock, deadline, [&] { return session.left; });
  End(guild);
  RecordCleanup(guild, start);
  return true;
}

void VoiceSessions::RecordCleanup(Snowflake guild, TimePoint start) {
  const std::chrono::duration<double> took = clock_.SteadyNow() - start;
  audio_work_.Record(took.count(), {"cleanup", std::to_string(guild)});
}

void VoiceSessions::Close(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  const TimePoint deadline = clock_.SteadyNow() + limit;
  for (auto& [guild, session] : sessions_) {
    if (session.state == State::kJoining && !session.asking) session.outcome = JoinOutcome::kClosed;
  }
  // Those that Discord has been asked for have an outcome of their own, nearly always at once.
  WaitUntil(lock, clock_.SteadyNow() + limit / 3, [this] { return !AnyAsking(); });
  std::vector<Snowflake> leaving;
  for (auto& [guild, session] : sessions_) {
    if (session.state == State::kJoining && !session.outcome) session.outcome = JoinOutcome::kClosed;
    if (session.state != State::kJoined) continue;
    session.state = State::kLeaving;
    leaving.push_back(guild);
  }
  changed_.notify_all();

  const TimePoint start = clock_.SteadyNow();
  lock.unlock();
  std::erase_if(leaving, [&](Snowflake guild) {
    // Out of turn: the connection ends anyway. What is not told in time, Discord notices by that.
    const bool in_time = clock_.SteadyNow() < deadline;
    const bool asked = in_time && gateway_.SendVoiceState(guild, 0);
    if (asked) return false;
    const std::lock_guard relock(mutex_);
    End(guild);
    return true;
  });
  lock.lock();
  WaitUntil(lock, deadline, [&] {
    return std::all_of(leaving.begin(), leaving.end(), [&](Snowflake guild) { return sessions_.at(guild).left; });
  });
  for (const Snowflake guild : leaving) {
    End(guild);
    RecordCleanup(guild, start);
  }
}

void VoiceSessions::OnOwnVoiceState(Snowflake guild, Snowflake channel) {
  {
    const std::lock_guard lock(mutex_);
    const auto entry = sessions_.find(guild);
    if (entry != sessions_.end()) {
      Session& session = entry->second;
      if (channel != 0 && session.state != State::kLeaving) {
        session.channel = channel;
        if (session.state == State::kJoining) session.outcome = JoinOutcome::kJoined;
      } else if (channel == 0 && session.state == State::kLeaving) {
        session.left = true;
      } else if (channel == 0 && session.state == State::kJoined) {
        End(guild);
      }
      changed_.notify_all();
      return;
    }
  }
  if (channel == 0) return;
  gateway_.AwaitTurn(guild);
  gateway_.SendVoiceState(guild, 0);
}

void VoiceSessions::OnGuildGone(Snowflake guild) {
  std::unique_lock lock(mutex_);
  Lose(guild);
  changed_.notify_all();
  // Whoever waits for the guild counts its outcome first: the caller is about to remove the guild's series.
  WaitUntil(lock, clock_.SteadyNow() + kGoneLimit, [&] { return !sessions_.contains(guild); });
}

void VoiceSessions::OnSessionLost(const std::function<bool(Snowflake)>& is_of_shard) {
  const std::lock_guard lock(mutex_);
  std::vector<Snowflake> lost;
  for (const auto& [guild, session] : sessions_) {
    if (is_of_shard(guild)) lost.push_back(guild);
  }
  for (const Snowflake guild : lost) Lose(guild);
  changed_.notify_all();
}

void VoiceSessions::Lose(Snowflake guild) {
  const auto entry = sessions_.find(guild);
  if (entry == sessions_.end()) return;
  Session& session = entry->second;
  if (session.state == State::kJoined) {
    End(guild);
    return;
  }
  session.left = true;
  if (!session.outcome) session.outcome = JoinOutcome::kGuildGone;
}

void VoiceSessions::End(Snowflake guild) {
  const auto entry = sessions_.find(guild);
  if (entry == sessions_.end()) return;
  const bool was_active = entry->second.state != State::kJoining;
  sessions_.erase(entry);
  if (was_active) active_.Set(0, {std::to_string(guild)});
  changed_.notify_all();
}

bool VoiceSessions::AnyAsking() const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [](const auto& entry) { return entry.second.state == State::kJoining && entry.second.asking; });
}

std::optional<Snowflake> VoiceSessions::Channel(Snowflake guild) const {
  const std::lock_guard lock(mutex_);
  const auto entry = sessions_.find(guild);
  if (entry == sessions_.end() || entry->second.state != State::kJoined) return std::nullopt;
  return entry->second.channel;
}

std::size_t VoiceSessions::active() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      sessions_.begin(), sessions_.end(), [](const auto& entry) { return entry.second.state != State::kJoining; }));
}

}  // namespace disruptor
