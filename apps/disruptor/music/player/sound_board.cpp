#include "apps/disruptor/music/player/sound_board.hpp"

#include <utility>

namespace disruptor::music {

std::optional<Sound> ListedSounds::Pick(Snowflake guild, const std::stop_token& stop) {
  std::vector<Track> tracks = list_();
  if (tracks.empty()) return std::nullopt;
  const auto chosen = static_cast<std::size_t>(random_.Next() * static_cast<double>(tracks.size()));
  Sound sound{std::move(tracks[chosen]), nullptr};
  sound.audio = source_.FindCached(sound.track);
  if (!sound.audio) sound.audio = source_.Fetch(sound.track, guild, stop);
  return sound;
}

}  // namespace disruptor::music
