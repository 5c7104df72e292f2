#pragma once

#include <malloc.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>

#include "guildscope/testing/sanitized.hpp"

namespace guildscope {

using testing::kSanitized;

/// Bytes that this process has allocated and not freed, in all of the allocator's arenas.
inline std::uint64_t AllocatedBytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Bytes of a process that are in memory (proc(5), statm).
inline std::uint64_t ResidentBytes(pid_t process) {
  std::ifstream statm("/proc/" + std::to_string(process) + "/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

inline double MiB(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace guildscope
