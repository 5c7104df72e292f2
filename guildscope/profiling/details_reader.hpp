#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "guildscope/profiling/heap_reader.hpp"
#include "guildscope/profiling/stack_reader.hpp"

namespace guildscope::profiling {

/// What takes the longer to find out the larger the process is. Sizes in bytes; nothing for what cannot be read.
struct ProcessDetails {
  /// The memory that would be free if this process ended: /proc/self/smaps_rollup, Private_Clean + Private_Dirty +
  /// Private_Hugetlb.
  std::optional<std::uint64_t> unique;
  std::optional<std::uint64_t> file_descriptors;  ///< Entries of /proc/self/fd, the one that reads it left out.
  std::optional<HeapValues> heap;
  std::optional<std::uint64_t> total_allocated;  ///< See AllocationFloor.
  std::optional<StackValues> stacks;
};

/// Reads the details. Cost: 0.2 ms in a small process; smaps_rollup visits each page that the process has in memory,
/// about 15 ms a GiB. Threads: one at a time.
class DetailsReader {
 public:
  explicit DetailsReader(const std::string& proc_root = "/proc");

  [[nodiscard]] ProcessDetails Read();

 private:
  const std::string self_;
  StackReader stacks_;
  AllocationFloor allocated_;
};

}  // namespace guildscope::profiling
