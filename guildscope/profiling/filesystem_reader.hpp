#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace guildscope::profiling {

/// One filesystem, in bytes, as df has it.
struct FilesystemValues {
  std::string mountpoint;
  std::uint64_t used = 0;  ///< statvfs: blocks - bfree.
  std::uint64_t free = 0;  ///< statvfs: bavail, what others than root may still write.

  bool operator==(const FilesystemValues&) const = default;
};

/// Reads how full the local filesystems are: those on a block device (what /proc/filesystems does not call `nodev`),
/// ZFS, and whatever is at `/`, such as a container's overlay. Left out: the kernel's own, those in memory, those that
/// are full by nature (squashfs), and every one that is on the network, without touching it. A device that is mounted
/// at several places is told once, at the shortest of them.
///
/// Cost: 50 us. It may take as long as a broken disk does. Threads: any.
class FilesystemReader {
 public:
  /// Of a mount point; nothing when it is no folder, cannot be asked or has no size.
  using Measure = std::function<std::optional<FilesystemValues>(const std::string& mountpoint)>;

  explicit FilesystemReader(std::string proc_root = "/proc", Measure measure = MeasureFilesystem);

  /// Sorted by the length of the mount point, then by name. Empty when /proc cannot be read.
  [[nodiscard]] std::vector<FilesystemValues> Read() const;

  static std::optional<FilesystemValues> MeasureFilesystem(const std::string& mountpoint);

 private:
  const std::string proc_root_;
  const Measure measure_;
};

}  // namespace guildscope::profiling
