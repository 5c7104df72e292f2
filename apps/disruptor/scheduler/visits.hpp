#pragma once

#include <functional>

#include "apps/disruptor/snowflake.hpp"

namespace disruptor {

/// What the bot does in a voice channel where it has dropped in, and whether it may.
///
/// Threads: any. Lifetime: as long as whoever was given it runs.
class Visits {
 public:
  /// Begins to play. `ended` is called once, later, on any thread, and must not block. False, and no call: it may not
  /// be played, because the guild is taken by now.
  using Sound = std::function<bool(std::function<void()> ended)>;

  virtual ~Visits() = default;

  /// Somebody else uses the guild's voice: it is not to be visited, nor to be left.
  [[nodiscard]] virtual bool IsTaken(Snowflake guild) const = 0;

  /// Makes ready what is to be heard; empty when there is nothing. May block; does not throw.
  virtual Sound Prepare(Snowflake guild) = 0;
};

}  // namespace disruptor
