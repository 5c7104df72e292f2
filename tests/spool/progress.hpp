#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <system_error>

namespace guildscope {

/// What a process has done so far, in a file that outlives it, whatever ends it.
struct Progress {
  static constexpr int kThreads = 2;
  std::array<std::atomic<std::uint64_t>, kThreads> produced{};  ///< Spans, and as many log records.
  std::atomic<std::uint64_t> dropped{0};                        ///< By a full queue.
};

class ProgressFile {
 public:
  explicit ProgressFile(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || ftruncate(descriptor, sizeof(Progress)) != 0) {
      throw std::system_error(errno, std::generic_category(), path);
    }
    void* memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path);
    progress_ = static_cast<Progress*>(memory);
  }
  ~ProgressFile() { munmap(progress_, sizeof(Progress)); }
  ProgressFile(const ProgressFile&) = delete;
  ProgressFile& operator=(const ProgressFile&) = delete;

  Progress* operator->() const noexcept { return progress_; }

 private:
  Progress* progress_;
};

}  // namespace guildscope
