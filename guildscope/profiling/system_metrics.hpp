#pragma once

#include <vector>

#include "guildscope/metrics/registry.hpp"
#include "guildscope/profiling/readings.hpp"

namespace guildscope::profiling {

/// Exports what the readings say: `system.*` and `process.*` but for process.uptime. What cannot be read has no series.
/// All metrics of a collection come from one reading.
///
/// Lifetime: `readings` and the registry must outlive it.
class SystemMetrics {
 public:
  SystemMetrics(metrics::Registry& registry, Readings& readings);

 private:
  void ObserveSystem(metrics::Registry& registry, Readings& readings);
  void ObserveProcess(metrics::Registry& registry, Readings& readings);

  std::vector<metrics::Subscription> subscriptions_;
};

}  // namespace guildscope::profiling
