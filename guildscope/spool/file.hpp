#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace guildscope::spool {

/// A file descriptor that is closed with its object. Every call that can fail says so with an errno; 0 is success.
///
/// Threads: any, as far as the kernel's are.
class File {
 public:
  File() = default;
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  ~File();
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  /// Relative to a folder (AT_FDCWD: the current one). New files can be read by their owner alone.
  [[nodiscard]] static int Open(int folder, const std::string& path, int flags, File& file) noexcept;

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int get() const noexcept { return descriptor_; }

  /// All of both, or an error; then some of it may have been written.
  [[nodiscard]] int WriteAt(std::uint64_t offset, std::string_view first, std::string_view second = {}) const noexcept;
  /// As much as there is; `bytes` is made that long.
  [[nodiscard]] int ReadAt(std::uint64_t offset, std::size_t size, std::string& bytes) const;
  [[nodiscard]] int Truncate(std::uint64_t size) const noexcept;
  [[nodiscard]] int Sync() const noexcept;
  [[nodiscard]] int Size(std::uint64_t& size) const noexcept;
  /// No name leads to it any more.
  [[nodiscard]] bool is_unlinked() const noexcept;

 private:
  int descriptor_ = -1;
};

using SharedFile = std::shared_ptr<const File>;

}  // namespace guildscope::spool
