#include "guildscope/spool/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace guildscope::spool {

File::~File() {
  if (descriptor_ >= 0) close(descriptor_);
}

int File::Open(int folder, const std::string& path, int flags, File& file) noexcept {
  constexpr mode_t kOwnerOnly = 0600;
  const int descriptor = openat(folder, path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (descriptor < 0) return errno;
  file = File(descriptor);
  return 0;
}

int File::WriteAt(std::uint64_t offset, std::string_view first, std::string_view second) const noexcept {
  while (!first.empty() || !second.empty()) {
    const std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                                     iovec{const_cast<char*>(second.data()), second.size()}};
    const ssize_t written = pwritev(descriptor_, parts.data(), parts.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    const auto count = static_cast<std::size_t>(written);
    offset += count;
    const std::size_t of_first = std::min(count, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(count - of_first);
  }
  return 0;
}

int File::ReadAt(std::uint64_t offset, std::size_t size, std::string& bytes) const {
  bytes.resize(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t count = pread(descriptor_, bytes.data() + have, size - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return 0;
}

int File::Truncate(std::uint64_t size) const noexcept {
  return ftruncate(descriptor_, static_cast<off_t>(size)) == 0 ? 0 : errno;
}

int File::Sync() const noexcept { return fdatasync(descriptor_) == 0 ? 0 : errno; }

int File::Size(std::uint64_t& size) const noexcept {
  struct stat status{};
  if (fstat(descriptor_, &status) != 0) return errno;
  size = static_cast<std::uint64_t>(status.st_size);
  return 0;
}

bool File::is_unlinked() const noexcept {
  struct stat status{};
  return fstat(descriptor_, &status) == 0 && status.st_nlink == 0;
}

}  // namespace guildscope::spool
