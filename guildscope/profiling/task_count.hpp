#pragma once

#include <cstddef>
#include <functional>

#include "guildscope/metrics/registry.hpp"

namespace guildscope::profiling {

/// Adds to system.goroutines, which otherwise has the threads of the process alone: `count` says at each collection how
/// many tasks wait that have no thread (suspended coroutines, work queued for a pool). What runs on a thread is counted
/// with the thread already.
///
/// `count` must not block. Threads: any. It is not called any more once the subscription has been destroyed.
[[nodiscard]] metrics::Subscription CountTasks(metrics::Registry& registry, std::function<std::size_t()> count);

}  // namespace guildscope::profiling
