#pragma once

#include <chrono>
#include <memory>

#include "apps/disruptor/music/player/guild_players.hpp"
#include "apps/disruptor/music/player/sound_board.hpp"
#include "apps/disruptor/scheduler/visits.hpp"

namespace disruptor::music {

/// What the visits of random joins and of /disrupt play: any of the sounds. Music goes before: it ends a visit's sound,
/// and where a player is no visit plays.
///
/// Told like a track, with an id of its own and a link to whoever made the visit.
///
/// Threads: any; Prepare blocks. Lifetime: the parts, the players and the board must outlive it; executor and playback
/// must be stopped before it is destroyed.
class SoundVisits final : public Visits {
 public:
  SoundVisits(const PlayerParts& parts, GuildPlayers& players, SoundBoard& board,
              std::chrono::milliseconds audio_limit);
  ~SoundVisits() override;

  [[nodiscard]] bool IsTaken(Snowflake guild) const override { return players_.IsTaken(guild); }
  Sound Prepare(Snowflake guild) override;

  /// What is being made ready is not wanted any more: the bot ends.
  void Stop() { stop_.request_stop(); }

 private:
  class Visit;

  bool Begin(Snowflake guild, const music::Sound& sound, std::function<void()> ended);

  const PlayerParts parts_;
  GuildPlayers& players_;
  SoundBoard& board_;
  const std::chrono::milliseconds audio_limit_;
  const TrackEvents events_;
  std::stop_source stop_;
};

}  // namespace disruptor::music
