#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "guildscope/base/clock.hpp"
#include "guildscope/profiling/background_reading.hpp"
#include "guildscope/profiling/cpu_meter.hpp"
#include "guildscope/profiling/details_reader.hpp"
#include "guildscope/profiling/filesystem_reader.hpp"
#include "guildscope/profiling/process_reader.hpp"

namespace guildscope::profiling {

/// A value that may be older than the rest of its reading.
template <typename T>
struct Aged {
  std::optional<T> value;           ///< Nothing before its first reading has ended.
  std::chrono::nanoseconds age{0};  ///< 0 when it was read for this reading.
};

/// Everything about the process and its machine at one moment.
struct Reading {
  std::chrono::steady_clock::time_point at;
  ProcessValues process;
  std::optional<CpuUtilization> cpu;
  Aged<ProcessDetails> details;
  Aged<std::vector<FilesystemValues>> filesystems;
};

/// Where the values come from; replaced in tests.
struct Sources {
  std::function<ProcessValues()> process;                      ///< Fast: called by whoever wants a reading.
  std::function<ProcessDetails()> details;                     ///< On a thread of its own; owns what it needs.
  std::function<std::vector<FilesystemValues>()> filesystems;  ///< On a thread of its own; owns what it needs.
  double cpus = 1;                                             ///< That the process may use.

  /// This process and this machine.
  [[nodiscard]] static Sources Real();
};

struct ReadingsOptions {
  /// Who asks within this time after a reading gets the same: all metrics of a collection share one.
  std::chrono::milliseconds fresh_for{500};
  /// What a reading waits for the slow values. Half of what a scrape may be held up, since a machine may be busy.
  std::chrono::milliseconds patience{50};
};

/// Reads the process and the machine when someone asks, and never otherwise.
///
/// Cost: a reading 0.3 ms in a small process, 1 ms with 50 threads, most of it on threads of its own; a shared one, a
/// lock. Threads: any. Lifetime: the clock must outlive it. It ends within a second, whatever a broken disk does.
class Readings {
 public:
  explicit Readings(Sources sources, const Clock& clock = RealClock(), ReadingsOptions options = {});

  /// A new reading, or the last one while it is fresh. Waits for `patience` at the most; what is not there by then is
  /// the value of the reading before, with its age. What a slow source gives later is for the next.
  [[nodiscard]] std::shared_ptr<const Reading> Get();

 private:
  [[nodiscard]] std::shared_ptr<const Reading> Read(std::chrono::steady_clock::time_point now);

  const Sources sources_;
  const Clock& clock_;
  const ReadingsOptions options_;
  std::mutex mutex_;                     // held while a reading is made: who else asks gets the same one
  CpuMeter cpu_;                         // guarded by mutex_
  std::shared_ptr<const Reading> last_;  // guarded by mutex_
  BackgroundReading<ProcessDetails> details_;
  BackgroundReading<std::vector<FilesystemValues>> filesystems_;
};

}  // namespace guildscope::profiling
