#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/disruptor/music/audio/descriptor.hpp"

namespace disruptor::music {

/// How a file was when it was looked at; any write to it changes that.
struct FileStamp {
  std::uint64_t bytes = 0;
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

/// A private folder (mode 0700) that is removed with all that is in it.
class Scratch {
 public:
  /// Throws MediaError: the disk is full, or cannot be written.
  explicit Scratch(const std::filesystem::path& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// The folder of a cache on disk: `files/`, `scratch/`, and an id of its own in `cache-id`, made at first use. It is of
/// one process alone, which is what makes it safe to remove what nobody holds: a lock sees to that.
///
/// Threads: any. Lifetime: the lock is held until it is destroyed.
class CacheFolder {
 public:
  /// Removes what a process that crashed left in `scratch/`. Throws std::runtime_error: it cannot be made or written,
  /// or another process has it.
  explicit CacheFolder(const std::filesystem::path& directory);
  CacheFolder(const CacheFolder&) = delete;
  CacheFolder& operator=(const CacheFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] std::filesystem::path scratch() const { return directory_ / "scratch"; }

  /// Where the file of a key belongs, below the folder: `files/ab/abcd….opus`.
  [[nodiscard]] static std::string FileOf(std::string_view key);

  /// Nothing when there is no such file.
  [[nodiscard]] std::optional<FileStamp> Stamp(const std::string& file) const;

  /// Sees to it that a file is on the disk. Throws std::system_error.
  static void Sync(const std::filesystem::path& file);

  /// Makes a file, which was synced, the one of this name, so that it is there after a power failure too. Throws
  /// std::system_error.
  void Take(const std::filesystem::path& from, const std::string& file) const;

  /// False when there was none.
  bool Remove(const std::string& file) const noexcept;

  /// The names of all files.
  [[nodiscard]] std::vector<std::string> List() const;

  /// Bytes that may still be written to its filesystem; nothing when it cannot be known.
  [[nodiscard]] std::optional<std::uint64_t> FreeBytes() const noexcept;

 private:
  const std::filesystem::path directory_;
  Descriptor lock_;
  std::string id_;
};

}  // namespace disruptor::music
