#pragma once

#include <utility>

#include "guildscope/metrics/collection.hpp"
#include "guildscope/metrics/snapshot.hpp"

namespace guildscope::metrics {

/// Keeps what it is told.
class SnapshotCollector final : public Collector {
 public:
  void BeginMetric(const MetricView& metric) override;
  void AddSeries(const SeriesView& series) override;
  [[nodiscard]] Snapshot Take() noexcept { return std::exchange(snapshot_, {}); }

 private:
  Snapshot snapshot_;
};

}  // namespace guildscope::metrics
