#pragma once

#include "guildscope/metrics/collection.hpp"
#include "guildscope/metrics/snapshot.hpp"

namespace guildscope::metrics {

/// Tells a collector what a snapshot holds, as a registry would. Metrics without points are not told.
void Replay(const Snapshot& snapshot, Collector& collector);

}  // namespace guildscope::metrics
