#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <utility>

#include "apps/disruptor/music/audio/child_process.hpp"

namespace disruptor::music {

/// A file descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Close();
    value_ = std::exchange(other.value_, -1);
    return *this;
  }
  ~Descriptor() { Close(); }
  void Close() noexcept {
    if (value_ >= 0) close(std::exchange(value_, -1));
  }
  [[nodiscard]] int get() const noexcept { return value_; }

 private:
  int value_;
};

/// A program that was started and must be waited for.
struct Spawned {
  pid_t pid = -1;     ///< Also of its process group.
  Descriptor ended;   ///< A pidfd: readable when it has ended.
  Descriptor output;  ///< Of its standard output.
  Descriptor errors;  ///< Of its standard error.
};

/// Throws std::system_error when it cannot be started; then nothing is left of it.
[[nodiscard]] Spawned Spawn(const ChildOptions& options);

}  // namespace disruptor::music
