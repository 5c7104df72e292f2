#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/disruptor/music/audio/audio_cache.hpp"
#include "apps/disruptor/music/audio/cache_metrics.hpp"
#include "apps/disruptor/music/audio/single_flight.hpp"
#include "apps/disruptor/music/audio/tools.hpp"

namespace disruptor::music {

/// Audio from a cache on disk, which is filled by yt-dlp and ffmpeg. Sounds (keys that begin with `sound:`) go through
/// ffmpeg alone; one that was changed in its folder is another one.
///
/// Who wants a track that somebody else is fetching waits for that. There is no limit to how many tracks are fetched at
/// once: that is for who calls Fetch.
///
/// Cost: FindCached a statement; Fetch two programs, and the thread that calls it. Threads: any. Lifetime: the database
/// and the telemetry must outlive it; nobody may be inside when it is destroyed (stop them first).
class CachedAudioSource final : public AudioSource {
 public:
  /// Throws std::invalid_argument for options out of range, std::runtime_error when the folder cannot be used (or is
  /// another process's), and DatabaseError. Missing programs are no reason: see MissingPrograms.
  CachedAudioSource(const AudioOptions& options, Database& database, const AudioTelemetry& telemetry);

  AudioFilePtr FindCached(const Track& track) override;
  AudioFilePtr Fetch(const Track& track, Snowflake guild, const std::stop_token& stop) override;

  /// What cannot be run, in words for whoever runs the bot; for the start, so that it is known before somebody asks.
  [[nodiscard]] std::vector<std::string> MissingPrograms() const;

  /// For the background job `cache_cleanup`. Throws DatabaseError, std::filesystem::filesystem_error.
  CleanedUp CleanUp() { return cache_.CleanUp(); }

  [[nodiscard]] CacheTotals totals() const noexcept { return cache_.totals(); }

 private:
  AudioFilePtr FetchAlone(const Track& track, const std::string& key, Snowflake guild, const std::stop_token& stop);

  const AudioOptions options_;
  const AudioTelemetry telemetry_;
  const Downloader downloader_;
  const Transcoder transcoder_;
  const guildscope::metrics::Counter hits_;
  const guildscope::metrics::Counter misses_;
  AudioCache cache_;
  SingleFlight flights_;
  CacheMetrics metrics_;  // last: its callbacks read the above
};

}  // namespace disruptor::music
