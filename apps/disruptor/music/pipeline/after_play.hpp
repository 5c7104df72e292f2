#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "apps/disruptor/music/pipeline/bundles.hpp"
#include "apps/disruptor/music/pipeline/journal.hpp"
#include "apps/disruptor/music/pipeline/music_store.hpp"
#include "apps/disruptor/music/pipeline/progress_messages.hpp"
#include "guildscope/health/background_job.hpp"
#include "guildscope/logging/logger.hpp"

namespace disruptor::music {

/// The job `post_play_processing`: takes what players are done with, and is the only one that writes the journal to the
/// database, so that a database that is slow or away holds up no search, no download and no player.
///
/// Threads: Add, EndLeftovers from any; Run from one. Lifetime: what it was given must outlive it.
class AfterPlay {
 public:
  AfterPlay(Bundles& bundles, Journal& journal, ProgressMessages& messages, MusicStore& store,
            guildscope::logging::Logger logger)
      : bundles_(bundles), journal_(journal), messages_(messages), store_(store), logger_(std::move(logger)) {}

  /// `interrupted`: the bot ends; what was not heard stays as it is, for the next start.
  void Add(Played played, bool interrupted);

  void EndLeftovers(std::function<bool(Snowflake)> mine);

  guildscope::health::Iteration Run(guildscope::health::JobRun& run);

  /// Nothing waits to be written.
  [[nodiscard]] bool idle() const;

 private:
  struct Done {
    Played played;
    bool interrupted = false;
  };

  void Note(const Done& done);
  void TellLeftovers(const std::function<bool(Snowflake)>& mine);
  void WriteJournal();
  void WriteOneByOne(std::vector<Change> changes);

  Bundles& bundles_;
  Journal& journal_;
  ProgressMessages& messages_;
  MusicStore& store_;
  const guildscope::logging::Logger logger_;
  mutable std::mutex mutex_;
  std::vector<Done> done_;                    // guarded by mutex_
  std::function<bool(Snowflake)> leftovers_;  // empty: nothing to do; guarded by mutex_
  bool writing_ = false;                      // guarded by mutex_
};

}  // namespace disruptor::music
