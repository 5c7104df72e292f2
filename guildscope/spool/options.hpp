#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace guildscope::spool {

/// When what was written is made to survive the machine, too. The process's own end, by SIGKILL too, loses nothing of
/// it in any case.
enum class Fsync {
  kNever,     ///< When the kernel likes: mostly within half a minute.
  kInterval,  ///< Each second.
  kAlways,    ///< Before Put returns.
};

struct Options {
  std::string directory;  ///< Made when it is missing, with its parents.
  std::uint64_t max_bytes = 256 * 1024 * 1024;
  Fsync fsync = Fsync::kInterval;
  bool compress = true;
  std::chrono::milliseconds sync_interval{1'000};
  std::chrono::milliseconds open_again_after{5'000};  ///< A failed Open.
};

/// How long a segment becomes before the next one begins: a sixteenth of the limit, from 64 KiB to 4 MiB. A longer
/// record has a segment of its own.
[[nodiscard]] constexpr std::uint64_t SegmentBytes(std::uint64_t max_bytes) noexcept {
  constexpr std::uint64_t kShortest = 64 * 1024;
  constexpr std::uint64_t kLongest = 4 * 1024 * 1024;
  const std::uint64_t part = max_bytes / 16;
  return part < kShortest ? kShortest : part > kLongest ? kLongest : part;
}

}  // namespace guildscope::spool
