#pragma once

#include <sys/types.h>

#include "apps/disruptor/music/audio/child_process.hpp"
#include "apps/disruptor/music/audio/descriptor.hpp"

namespace disruptor::music {

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
