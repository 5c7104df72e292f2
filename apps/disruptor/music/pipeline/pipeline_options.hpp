#pragma once

#include <chrono>
#include <cstddef>

namespace disruptor::music {

struct QueueLimits {
  std::size_t total = 10'000;     ///< Items that wait, of all guilds.
  std::size_t per_guild = 1'000;  ///< Items of one guild.
};

struct ProgressOptions {
  std::chrono::milliseconds first{700};       ///< How long a bundle may take before its message is posted.
  std::chrono::milliseconds interval{4'000};  ///< Between two edits of one message, at least.
  int most_failures = 3;                      ///< In a row, after which a message is given up.
};

struct PipelineOptions {
  std::size_t search_workers = 2;    ///< Searches at once; 1 to 32.
  std::size_t download_workers = 2;  ///< Downloads at once; 1 to 32.
  QueueLimits queues{};
  ProgressOptions progress{};
  /// How long one search or download may take before its job counts as stalled: longer than their own time limits.
  std::chrono::milliseconds search_stale_after{300'000};
  std::chrono::milliseconds download_stale_after{900'000};
};

}  // namespace disruptor::music
