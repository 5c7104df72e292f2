#pragma once

#include <chrono>
#include <memory>

#include "guildscope/health/background_job.hpp"
#include "guildscope/health/health.hpp"
#include "guildscope/logging/logger.hpp"
#include "guildscope/profiling/readings.hpp"

namespace guildscope::profiling {

/// Writes what the process takes up as a log record (INFO): RSS, VMS, USS, their change since the record before, CPU,
/// threads and file descriptors; a line for people, and each number as a field:
///
///   `rss_bytes`, `vms_bytes`, `uss_bytes`, `threads`, `file_descriptors`; `rss_change_bytes`, `vms_change_bytes`,
///   `uss_change_bytes` and `cpu_percent` (of one processor, as top has it: 250 is two and a half) from the second
///   record on; `reading_age_seconds` when USS and the descriptors are older than the record, because they were slow to
///   read.
///
/// Threads: one at a time. Lifetime: `readings` must outlive it.
class ProcessProfiler {
 public:
  ProcessProfiler(Readings& readings, logging::Logger logger) : readings_(readings), logger_(std::move(logger)) {}

  void LogSnapshot();

 private:
  Readings& readings_;
  const logging::Logger logger_;
  std::shared_ptr<const Reading> before_;
};

/// The profiler on a thread of its own: a record at once, then one every interval, until it is destroyed. Its heartbeat
/// and its span are the background job `process_metrics`.
class ProcessProfilerLoop {
 public:
  /// Lifetime: `readings`, `health` and the tracer must outlive it.
  ProcessProfilerLoop(Readings& readings, logging::Logger logger, health::Health& health, const tracing::Tracer& tracer,
                      std::chrono::seconds interval);

 private:
  ProcessProfiler profiler_;
  health::BackgroundJob job_;
};

}  // namespace guildscope::profiling
