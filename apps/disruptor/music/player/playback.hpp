#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "apps/disruptor/music/media.hpp"

namespace disruptor::music {

enum class PlaybackEnd {
  kFinished,  ///< The last of it was sent.
  kStopped,   ///< Stop, or another Play in the guild.
  kLost,      ///< The way to Discord's voice is gone; joining again may help.
  kBadFile,   ///< Damaged, or not to be read.
};

struct PlaybackResult {
  PlaybackEnd end = PlaybackEnd::kFinished;
  std::chrono::milliseconds position{0};  ///< How much of the file was played, from its beginning.
  std::string problem;                    ///< For the log; empty unless lost or bad.
};

/// What is told about one Play: on_start at most once, when the first of its sound goes to Discord; on_end exactly
/// once, after it.
struct PlaybackCallbacks {
  std::function<void()> on_start;
  std::function<void(const PlaybackResult&)> on_end;
};

/// Plays Ogg Opus in guilds where the bot is in voice; one thing a guild at a time. Who is in which channel is none of
/// its business, nor is what comes next.
///
/// The one way by which sound leaves the bot. The implementation is D++'s own voice connection; this interface is cut
/// so that one for Lavalink v4 nodes fits it as well. There a Play is an update of the node's player (track, position),
/// Pause is `paused`, on_start and on_end are its TrackStart and TrackEnd events, kLost is a node that is gone, and the
/// voice server's credentials that the gateway hands out go to the node. A node reads the file from a place that both
/// see; nothing here asks for its bytes.
///
/// Threads: any; nothing here blocks. Callbacks come on a thread of the implementation, never from within a call, with
/// no lock held; they must not block. Lifetime: whoever the callbacks belong to must stop what it plays, and outlive
/// it.
class Playback {
 public:
  /// Names one Play; no other has the same. What has ended may still be named: then nothing happens.
  using Id = std::uint64_t;

  virtual ~Playback() = default;

  /// Plays a file from a position on, instead of what plays in the guild. Waits, however long, for the guild's voice
  /// connection to be ready: whoever does not want to wait stops it.
  virtual Id Play(Snowflake guild, AudioFilePtr file, std::chrono::milliseconds from, PlaybackCallbacks callbacks) = 0;

  /// At once; what was paused before it began begins paused.
  virtual void Pause(Id id) = 0;
  virtual void Resume(Id id) = 0;
  virtual void Stop(Id id) = 0;

  /// How much of the file was played; nothing once it has ended.
  [[nodiscard]] virtual std::optional<std::chrono::milliseconds> Position(Id id) const = 0;
};

}  // namespace disruptor::music
