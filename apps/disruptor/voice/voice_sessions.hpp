#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "apps/disruptor/snowflake.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/registry.hpp"

namespace disruptor {

/// What a voice state update is sent through: the guild's shard.
class VoiceGateway {
 public:
  virtual ~VoiceGateway() = default;

  /// Waits until Discord takes another message from the guild's shard: it closes connections that send too many.
  virtual void AwaitTurn(Snowflake guild) = 0;

  /// Tells Discord that the bot wants to be in this channel; 0: in none. False when it was not sent, because the
  /// guild's shard has no session.
  virtual bool SendVoiceState(Snowflake guild, Snowflake channel) = 0;
};

enum class JoinOutcome {
  kJoined,
  kAlreadyThere,
  kBusy,          ///< In another channel of the guild, or on the way into or out of one. Nothing was attempted.
  kNotConnected,  ///< No session with Discord. Nothing was attempted.
  kTimedOut,      ///< Discord did not confirm in time: no permission, a full channel, an outage.
  kGuildGone,     ///< The guild left, or its session was lost, while Discord was asked.
  kClosed,        ///< The bot is ending.
};

[[nodiscard]] const char* ToString(JoinOutcome outcome) noexcept;

/// An outcome, and the connection that came of it: what a later Leave means, and no other.
struct JoinResult {
  JoinOutcome outcome = JoinOutcome::kClosed;
  std::uint64_t session = 0;  ///< 0 unless joined.
  bool operator==(JoinOutcome other) const noexcept { return outcome == other; }
};

struct VoiceLimits {
  std::chrono::milliseconds join{10'000};
  std::chrono::milliseconds leave{2'000};
};

/// The voice connections of the bot, one a guild at most, and the attempts to make them.
///
/// An attempt counts (voice.connection_attempts) when Discord has been asked, and gets exactly one outcome: success
/// when Discord confirms the bot's voice state, error otherwise. voice.connections_active of a guild is 1 while the bot
/// is in voice there. Leaving is measured as audio work, the operation `cleanup`.
///
/// Threads: any; Join and Leave block the caller up to their limits. Lifetime: what it was given must outlive it.
class VoiceSessions {
 public:
  VoiceSessions(VoiceGateway& gateway, guildscope::metrics::Registry& registry, const guildscope::Clock& clock,
                VoiceLimits limits);

  JoinResult Join(Snowflake guild, Snowflake channel);

  /// False when the bot is not in voice there, or (with a session) has left that connection already and is in another.
  bool Leave(Snowflake guild, std::optional<std::uint64_t> session = std::nullopt);

  /// The channel that the bot is in.
  [[nodiscard]] std::optional<Snowflake> Channel(Snowflake guild) const;
  [[nodiscard]] std::size_t active() const;

  /// Discord says where the bot is; 0: nowhere. A bot that is where it never asked to be leaves.
  void OnOwnVoiceState(Snowflake guild, Snowflake channel);
  /// The guild is gone; or unreachable, and comes back without the bot in voice.
  void OnGuildGone(Snowflake guild);
  /// A new session of a shard begins: Discord has forgotten where the bot was.
  void OnSessionLost(const std::function<bool(Snowflake guild)>& is_of_shard);

  /// Refuses further joins, gives the attempts under way a third of the limit and leaving everywhere the rest.
  /// Idempotent.
  void Close(std::chrono::milliseconds limit);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class State { kJoining, kJoined, kLeaving };
  /// While it is joining or leaving it belongs to the thread in Join, Leave or Close, which alone ends it.
  struct Session {
    State state = State::kJoining;
    std::uint64_t number = 0;
    Snowflake channel = 0;
    bool asking = false;                 ///< Discord is being asked, or has been: the attempt counts.
    std::optional<JoinOutcome> outcome;  ///< Of joining, once it is known.
    bool left = false;                   ///< Of leaving: confirmed.
  };

  [[nodiscard]] bool AnyAsking() const;  // with mutex_ held
  void End(Snowflake guild);             // with mutex_ held
  void Lose(Snowflake guild);            // with mutex_ held
  void RecordCleanup(Snowflake guild, TimePoint start);
  template <typename Predicate>
  bool WaitUntil(std::unique_lock<std::mutex>& lock, TimePoint deadline, Predicate predicate);

  VoiceGateway& gateway_;
  const guildscope::Clock& clock_;
  const VoiceLimits limits_;
  const guildscope::metrics::CounterFamily<2> attempts_;
  const guildscope::metrics::GaugeFamily<1> active_;
  const guildscope::metrics::HistogramFamily<2> audio_work_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Snowflake, Session> sessions_;  // guarded by mutex_
  std::uint64_t last_number_ = 0;          // guarded by mutex_
  bool closed_ = false;                    // guarded by mutex_
};

}  // namespace disruptor
