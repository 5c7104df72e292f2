#include "apps/disruptor/music/audio/cache_metrics.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include "guildscope/metrics/catalogue.hpp"

namespace disruptor::music {

namespace catalogue = guildscope::metrics::catalogue;

CacheMetrics::CacheMetrics(const AudioCache& cache, guildscope::metrics::Registry& registry,
                           const guildscope::Clock& clock)
    : filesystem_(
          "audio_cache_fs", [directory = cache.directory()] { return Measure(directory); }, clock),
      file_count_(registry.Observe(catalogue::kMusicCacheFileCount,
                                   [&cache](auto& observer) { observer(static_cast<double>(cache.totals().files)); })),
      filesystem_max_(registry.Observe(catalogue::kMusicCacheFilesystemMax,
                                       [this](auto& observer) {
                                         if (const auto value = Read()) {
                                           observer(static_cast<double>(value->max));
                                         }
                                       })),
      filesystem_used_(registry.Observe(catalogue::kMusicCacheFilesystemUsed, [this](auto& observer) {
        if (const auto value = Read()) observer(static_cast<double>(value->used));
      })) {}

CacheMetrics::Filesystem CacheMetrics::Measure(const std::filesystem::path& directory) {
  struct statvfs status{};
  if (statvfs(directory.c_str(), &status) != 0) {
    throw std::system_error(errno, std::generic_category(), directory.string());
  }
  const std::uint64_t block = status.f_frsize;
  return {.max = status.f_blocks * block, .used = (status.f_blocks - status.f_bfree) * block};
}

std::optional<CacheMetrics::Filesystem> CacheMetrics::Read() {
  constexpr std::chrono::milliseconds kPatience{10};  // twice a collection
  filesystem_.Ask();
  return filesystem_.Await(std::chrono::steady_clock::now() + kPatience).value;
}

}  // namespace disruptor::music
