#pragma once

#include <cstdint>
#include <filesystem>

#include "apps/disruptor/music/audio/audio_cache.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/profiling/background_reading.hpp"

namespace disruptor::music {

/// The gauges of a cache: how many files it has, and how full its filesystem is. A disk that does not answer holds a
/// collection up for 20 ms, and no longer; the values are then the last that were known.
///
/// Lifetime: the cache must outlive it.
class CacheMetrics {
 public:
  CacheMetrics(const AudioCache& cache, guildscope::metrics::Registry& registry, const guildscope::Clock& clock);

 private:
  struct Filesystem {
    std::uint64_t max = 0;
    std::uint64_t used = 0;
  };
  static Filesystem Measure(const std::filesystem::path& directory);
  [[nodiscard]] std::optional<Filesystem> Read();

  guildscope::profiling::BackgroundReading<Filesystem> filesystem_;
  guildscope::metrics::Subscription file_count_;  // the last members: their callbacks read the above
  guildscope::metrics::Subscription filesystem_max_;
  guildscope::metrics::Subscription filesystem_used_;
};

}  // namespace disruptor::music
