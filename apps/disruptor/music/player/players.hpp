#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/disruptor/music/media.hpp"

namespace disruptor::music {

enum class PlayEnd {
  kFinished,
  kSkipped,
  kStopped,  ///< Somebody stopped the player, or the bot ends.
  kFailed,   ///< No way into voice, a connection that was lost for good, a damaged file.
};

[[nodiscard]] const char* ToString(PlayEnd end) noexcept;

/// A track that was played, or that the player gave up.
struct Played {
  QueuedTrack what;
  PlayEnd end = PlayEnd::kFinished;
  std::string problem;  ///< For the user; empty unless failed.
  std::chrono::milliseconds heard{0};
  std::chrono::system_clock::time_point ended;
};

/// What /queue and /now show.
struct PlayerView {
  std::optional<QueuedTrack> now;
  std::chrono::milliseconds position{0};
  bool paused = false;
  std::vector<QueuedTrack> next;
};

enum class PlayerAnswer {
  kDone,
  kNoPlayer,         ///< Nothing is played there.
  kAlready,          ///< It is paused, or not paused, already.
  kNothingToShuffle  ///< Fewer than two tracks wait.
};

/// The players, one a guild.
class Players {
 public:
  virtual ~Players() = default;

  /// Plays it after those that wait; the guild's player is made, and joins voice, when there is none. Never blocks.
  /// With as many as a guild may have waiting, it is given back as failed.
  virtual void Enqueue(QueuedTrack track) = 0;

  virtual PlayerAnswer Skip(Snowflake guild) = 0;
  virtual PlayerAnswer Pause(Snowflake guild) = 0;
  virtual PlayerAnswer Resume(Snowflake guild) = 0;
  virtual PlayerAnswer Shuffle(Snowflake guild) = 0;
  /// Ends what plays, and forgets what waits. It leaves voice after the quiet time, or at once.
  virtual PlayerAnswer Stop(Snowflake guild, bool leave) = 0;

  [[nodiscard]] virtual PlayerView View(Snowflake guild) const = 0;
  [[nodiscard]] virtual std::size_t active() const = 0;  ///< Players that there are.
  [[nodiscard]] virtual std::size_t queued() const = 0;  ///< Tracks that wait, of all of them.
};

}  // namespace disruptor::music
