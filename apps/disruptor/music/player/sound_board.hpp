#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "apps/disruptor/music/media.hpp"
#include "apps/disruptor/random.hpp"

namespace disruptor::music {

/// A sound that can be played at once.
struct Sound {
  Track track;
  AudioFilePtr audio;
};

/// Where the sounds of random visits come from.
class SoundBoard {
 public:
  virtual ~SoundBoard() = default;

  /// Any of the sounds; nothing when there are none. May block, and ends early when stop is requested. Throws
  /// MediaError.
  virtual std::optional<Sound> Pick(Snowflake guild, const std::stop_token& stop) = 0;
};

/// The sounds of a list, each as likely as another, turned into Opus the first time they are picked.
///
/// Cost: the list is made at each call. Threads: any. Lifetime: what it was given must outlive it.
class ListedSounds final : public SoundBoard {
 public:
  /// `list`: the tracks that there are now; their keys are what the cache knows them by.
  ListedSounds(std::function<std::vector<Track>()> list, AudioSource& source, Random& random)
      : list_(std::move(list)), source_(source), random_(random) {}

  std::optional<Sound> Pick(Snowflake guild, const std::stop_token& stop) override;

 private:
  const std::function<std::vector<Track>()> list_;
  AudioSource& source_;
  Random& random_;
};

}  // namespace disruptor::music
