#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace guildscope::profiling {

/// The stacks of all living threads, in bytes.
struct StackValues {
  std::uint64_t reserved = 0;  ///< Their mappings (/proc/self/maps): 8 MiB each, unless someone asked for another size.
  std::uint64_t resident = 0;  ///< How much of that was ever used and takes up memory (mincore).
};

/// Finds the stacks by where each thread's stack pointer is.
///
/// A thread that was running at every reading so far is not seen. The kernel may have merged a stack with a mapping
/// above it: of such a mapping no more is counted than the default size of a stack.
///
/// Cost: about 15 us a thread, and 1 us a mapping of the process. Threads: one at a time.
class StackReader {
 public:
  /// How many bytes between two addresses take up memory; 0 where nothing is mapped any more.
  using Resident = std::function<std::uint64_t(std::uintptr_t begin, std::uintptr_t end)>;

  explicit StackReader(std::string proc_root = "/proc", Resident resident = CountResident,
                       std::size_t default_size = DefaultSize());

  /// Nothing when /proc cannot be read, or does not say where the stacks are.
  [[nodiscard]] std::optional<StackValues> Read();

  static std::uint64_t CountResident(std::uintptr_t begin, std::uintptr_t end);
  /// Of a new thread's stack.
  [[nodiscard]] static std::size_t DefaultSize();

 private:
  bool FindStackPointers();

  const std::string self_;
  const Resident resident_;
  const std::size_t default_size_;
  std::map<std::string, std::uintptr_t> pointers_;  ///< By thread; where it was last seen, for those that are running.
};

}  // namespace guildscope::profiling
