#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace guildscope::spool {

/// What one lane of a folder holds.
struct LaneInspection {
  std::string name;
  std::uint64_t segments = 0;
  std::uint64_t records = 0;  ///< Waiting, and whole.
  std::uint64_t items = 0;    ///< In these.
  std::uint64_t damaged = 0;  ///< Places that cannot be read.
  std::int64_t oldest = 0;    ///< Nanoseconds since 1970; 0 when nothing waits.
};

struct Inspection {
  std::string problem;  ///< Why there is nothing to tell; empty when there is.
  std::uint64_t bytes = 0;
  long holder = 0;  ///< The process that uses it; 0 when none does, or it cannot be told.
  bool in_use = false;
  std::uint64_t other_version = 0;  ///< Segments that a later version of this library wrote.
  std::vector<LaneInspection> lanes;
};

/// Looks at a spool's folder without taking it, while a process uses it too. Cost: reads all of it.
[[nodiscard]] Inspection Inspect(const std::string& directory);

}  // namespace guildscope::spool
