#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace guildscope::profiling {

/// What the C library's allocator says of itself, over all its arenas, in bytes. `malloc`, `operator new` and every
/// library of the process get their memory there.
struct HeapValues {
  /// Taken from the kernel and not given back: the arenas (`system current`) and the large blocks with a mapping of
  /// their own (`mmap`). alloc + idle.
  std::uint64_t sys = 0;
  /// Free inside the arenas, for the next malloc: `fast` and `rest`.
  std::uint64_t idle = 0;
  /// Handed out, the allocator's own words before each block included; so is what a thread's cache keeps of freed small
  /// blocks (1 MiB a thread at the very most). An arena has no spans, so what is allocated is what is in use.
  std::uint64_t alloc = 0;
  /// How far the arenas are below the largest size they ever had (`system max` - `system current`): what they gave back
  /// to the kernel and did not take again. Large blocks are given back when they are freed and are not part of it.
  std::uint64_t released = 0;
};

/// Reads malloc_info(3). Nothing when another allocator (jemalloc, a sanitizer's) serves malloc: then the C library's
/// knows nothing of the process' memory.
///
/// Cost: 3 us, and 12 ns for each free block that lies between others; meanwhile the mallocs of its arena wait. (A GiB
/// with two million such holes: 25 ms.) glibc has no count that costs less. Threads: any.
[[nodiscard]] std::optional<HeapValues> ReadHeap();

/// What malloc_info writes, or its end from the last heap on. Nothing when it does not look as expected.
[[nodiscard]] std::optional<HeapValues> ParseMallocInfo(std::string_view xml);

/// A lower bound of all that was ever allocated: the C library counts no such thing, and counting it would cost every
/// malloc. Each rise between two readings was allocated for certain; what was allocated and freed between them is not
/// seen.
///
/// Threads: one at a time.
class AllocationFloor {
 public:
  /// The bound, given what is allocated now. It never falls, and never is below what is allocated.
  std::uint64_t Update(std::uint64_t allocated) noexcept {
    if (allocated > last_) total_ += allocated - last_;
    last_ = allocated;
    return total_;
  }

 private:
  std::uint64_t last_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace guildscope::profiling
