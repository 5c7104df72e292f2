#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/batch_pipeline.hpp"
#include "guildscope/export/log_listener.hpp"
#include "guildscope/export/wire_attributes.hpp"
#include "guildscope/logging/level_counts.hpp"

namespace guildscope::exporting {

/// What every log record of a provider has in common: its limits, and where it goes.
class LogSink {
 public:
  LogSink(const config::AttributeLimits& attribute_limits, const std::shared_ptr<const Redactor>& redactor,
          std::shared_ptr<BatchPipeline> batches)
      : limits(attribute_limits),
        writer(attribute_limits.value_length, redactor),
        body_writer(SIZE_MAX, redactor),
        pipeline_(std::move(batches)) {
    for (std::size_t level = 0; level < limits_.size(); ++level) {
      limits_[level] = logging::ShareOf(pipeline_->queue_capacity(), level);
    }
  }

  /// A whole record of a level (kDebug and on). False when it was dropped, and counted. Threads: any.
  bool Take(std::unique_ptr<WireItem> record, std::size_t level) const noexcept {
    if (listener) listener->Logged(record->bytes(), record->scope());
    if (pipeline_->Push(std::move(record), limits_[level])) return true;
    Drop(level);
    return false;
  }
  void Drop(std::size_t level) const noexcept { dropped_[level].fetch_add(1, std::memory_order_relaxed); }

  [[nodiscard]] logging::LevelCounts dropped() const noexcept {
    logging::LevelCounts counts{};
    for (std::size_t level = 0; level < counts.size(); ++level) {
      counts[level] = dropped_[level].load(std::memory_order_relaxed);
    }
    return counts;
  }

  BatchPipeline& pipeline() const noexcept { return *pipeline_; }

  const config::AttributeLimits limits;
  const WireAttributes writer;
  const WireAttributes body_writer;       ///< The limits are of attributes alone.
  std::shared_ptr<LogListener> listener;  ///< May be none. Set before the provider is installed.

 private:
  const std::shared_ptr<BatchPipeline> pipeline_;
  logging::LevelCounts limits_{};
  mutable std::array<std::atomic<std::uint64_t>, 5> dropped_{};
};

}  // namespace guildscope::exporting
