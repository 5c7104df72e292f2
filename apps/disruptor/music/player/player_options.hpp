#pragma once

#include <chrono>
#include <cstddef>

namespace disruptor::music {

struct PlayerOptions {
  std::size_t waiting = 1'000;                    ///< Tracks that a guild may have waiting; at least 1.
  std::chrono::milliseconds quiet_time{300'000};  ///< Leaves voice when nothing was played for this long.
  std::chrono::milliseconds alone_time{60'000};  ///< Leaves voice, whatever plays, when nobody was there for this long.
  /// How long the voice connection may take, once the bot is in the channel, until there is something to hear.
  std::chrono::milliseconds audio_limit{15'000};
  int rejoins = 5;  ///< How often one track may be taken up again after the voice connection was lost; 0: never.
};

}  // namespace disruptor::music
