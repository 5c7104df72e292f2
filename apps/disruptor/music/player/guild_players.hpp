#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "apps/disruptor/music/player/playback.hpp"
#include "apps/disruptor/music/player/player_options.hpp"
#include "apps/disruptor/music/player/players.hpp"
#include "apps/disruptor/music/player/track_record.hpp"
#include "apps/disruptor/random.hpp"
#include "apps/disruptor/scheduler/worker_pool.hpp"
#include "apps/disruptor/voice/voice_sessions.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/logging/logger.hpp"

namespace disruptor::music {

/// What the players work with. Lifetime: everything must outlive them.
struct PlayerParts {
  VoiceSessions& voice;
  Playback& playback;
  Executor& executor;  ///< Joining blocks one of its threads.
  Random& random;
  guildscope::metrics::Registry& metrics;
  const guildscope::tracing::Tracer& tracer;
  const guildscope::Clock& clock;
  guildscope::logging::Logger logger{};
  /// How many people are in a voice channel; nothing when that cannot be known now. May block; asked by CleanUp alone.
  std::function<std::optional<std::size_t>(Snowflake guild, Snowflake channel)> people{};
  /// Is told every track that was enqueued, once, when it is over: on any thread, and from within Enqueue, Skip and
  /// Stop. Must not block.
  std::function<void(const Played&)> on_played{};
};

/// The players of all guilds: queues, the way into voice and out of it, one track after the other.
///
/// A player is made by the first track and joins the channel that this track was asked for in. While it plays or has
/// something waiting it stays where it is (or where somebody moves it): a track that was asked for in another channel
/// is played after the others, where they are. Once it is quiet, the next track takes it to its own channel. A visit
/// for a random sound gives way to music.
///
/// A track goes on where it was when the voice connection or the gateway's session is lost, after joining again. The
/// end of a player is the end of everything that waits: when somebody throws the bot out of voice, when it cannot join,
/// when everybody has left. Each such track is told to on_played as well.
///
/// Telemetry: a span and two events a track (see TrackRecord), and music.active_players, 1 while a guild has a track
/// that plays, is paused or is on its way.
///
/// Threads: any; CleanUp blocks while it leaves, nothing else does. Lifetime: the executor and the playback must be
/// stopped before it is destroyed.
class GuildPlayers final : public Players {
 public:
  GuildPlayers(const PlayerParts& parts, PlayerOptions options);
  ~GuildPlayers() override;
  GuildPlayers(const GuildPlayers&) = delete;
  GuildPlayers& operator=(const GuildPlayers&) = delete;

  void Enqueue(QueuedTrack track) override;
  PlayerAnswer Skip(Snowflake guild) override;
  PlayerAnswer Pause(Snowflake guild) override;
  PlayerAnswer Resume(Snowflake guild) override;
  PlayerAnswer Shuffle(Snowflake guild) override;
  PlayerAnswer Stop(Snowflake guild, bool leave) override;
  [[nodiscard]] PlayerView View(Snowflake guild) const override;
  [[nodiscard]] std::size_t active() const override;
  [[nodiscard]] std::size_t queued() const override;

  /// The channel that the guild's player is in, or on its way to; nothing without a player.
  [[nodiscard]] std::optional<Snowflake> Channel(Snowflake guild) const;

  /// The background job `cleanup_players`: leaves voice where nothing was played or nobody was there for too long.
  /// Call it every few seconds. Returns how many players ended.
  /// `before_leaving`: called when there is something to leave.
  std::size_t CleanUp(const std::function<void()>& before_leaving = {});

  /// Whether the guild's voice belongs to a player.
  [[nodiscard]] bool IsTaken(Snowflake guild) const;
  /// Plays something that is no track of a queue, where the bot is in voice already; nothing when the guild is taken.
  std::optional<Playback::Id> PlayUnlessTaken(Snowflake guild, AudioFilePtr file, PlaybackCallbacks callbacks);

  /// Discord says that the bot is in no voice channel of the guild: tell VoiceSessions first, then this.
  void OnVoiceLeft(Snowflake guild);
  /// The guild is gone, or unreachable: tell VoiceSessions first, then this.
  void OnGuildGone(Snowflake guild);
  /// A new session of a shard begins: tell VoiceSessions first, then this.
  void OnSessionLost(const std::function<bool(Snowflake guild)>& is_of_shard);

  /// Ends everything that plays and waits as stopped, and refuses more; leaving voice is VoiceSessions' part.
  void Close();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// The track that plays, or is on its way.
  struct Current {
    QueuedTrack what;
    TrackRecord record;
    std::uint64_t turn = 0;  ///< Changes with each Play: what is told about an earlier one is not about this.
    std::optional<Playback::Id> play{};
    bool audible = false;                   ///< Since the last Play,
    TimePoint silent_since{};               ///< or else since when it should be.
    std::chrono::milliseconds position{0};  ///< When it does not play.
    int rejoins = 0;
  };
  struct Player {
    std::deque<QueuedTrack> next;
    std::optional<Current> now;
    Snowflake channel = 0;  ///< Where it is to be.
    bool in_voice = false;
    std::uint64_t join = 0;  ///< The join that is under way; 0: none.
    int join_tries = 0;
    bool anew = false;  ///< The join leaves first: what is left of a connection that was lost.
    bool paused = false;
    TimePoint quiet_since{};
    std::optional<TimePoint> alone_since{};
  };
  /// What is done when the lock has been released: declared before the lock, and so destroyed after it.
  class Told {
   public:
    explicit Told(GuildPlayers& players) : players_(players) {}
    Told(const Told&) = delete;
    Told& operator=(const Told&) = delete;
    ~Told();
    void Add(QueuedTrack what, PlayEnd end, const std::string& problem,
             std::chrono::milliseconds heard = std::chrono::milliseconds(0));
    void Leave(Snowflake guild) { leave_.push_back(guild); }

   private:
    GuildPlayers& players_;
    std::vector<Played> played_;
    std::vector<Snowflake> leave_;
  };
  /// Where the bot leaves: who wants to join waits until that is over.
  enum class Leaving { kDue, kUnderWay };

  // All of these with mutex_ held.
  Player* Find(Snowflake guild);
  void Pump(Snowflake guild, Player& player, bool was_quiet, Told& told);
  void Take(Snowflake guild, Player& player, bool was_quiet);
  void StartPlay(Snowflake guild, Player& player);
  void StartJoin(Snowflake guild, Player& player, std::chrono::milliseconds wait, Told& told);
  void JoinAgain(Snowflake guild, Player& player, std::chrono::milliseconds position, const std::string& why,
                 Told& told);
  void FinishJoin(Snowflake guild, Player& player, const JoinResult& result, Told& told);
  void EndTrack(Snowflake guild, Player& player, PlayEnd end, std::chrono::milliseconds position,
                const std::string& problem, Told& told);
  void DropWaiting(Player& player, PlayEnd end, const std::string& problem, Told& told);
  void EndPlayer(Snowflake guild, PlayEnd end, const std::string& problem, Told& told);
  void EndPlayerAndLeave(Snowflake guild, PlayEnd end, const std::string& problem, Told& told);
  void EndSilence(Told& told);
  [[nodiscard]] std::chrono::milliseconds PositionOf(const Current& current) const;
  [[nodiscard]] bool IsOver(Snowflake guild, const Player& player) const;

  // Without it.
  void RunJoin(Snowflake guild, std::uint64_t join);
  void LeaveVoice(Snowflake guild);
  void LeaveSoon(Snowflake guild);
  void OnStart(Snowflake guild, std::uint64_t turn);
  void OnEnd(Snowflake guild, std::uint64_t turn, const PlaybackResult& result);
  void NoteWhoIsAlone();

  const PlayerParts parts_;
  const PlayerOptions options_;
  const TrackEvents events_;
  const guildscope::metrics::GaugeFamily<1> active_players_;
  mutable std::mutex mutex_;
  std::map<Snowflake, Player> players_;   // guarded by mutex_
  std::map<Snowflake, Leaving> leaving_;  // guarded by mutex_
  std::uint64_t last_number_ = 0;         // guarded by mutex_: of turns and joins
  bool closed_ = false;                   // guarded by mutex_
};

}  // namespace disruptor::music
