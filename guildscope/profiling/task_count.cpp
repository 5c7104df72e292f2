#include "guildscope/profiling/task_count.hpp"

#include <utility>

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::profiling {

metrics::Subscription CountTasks(metrics::Registry& registry, std::function<std::size_t()> count) {
  // The registry adds up what several observations of a metric report.
  return registry.Observe(
      metrics::catalogue::kSystemGoroutines,
      [count = std::move(count)](metrics::Observer<0>& observer) { observer(static_cast<double>(count())); });
}

}  // namespace guildscope::profiling
