#pragma once

#include <chrono>
#include <deque>
#include <optional>

namespace guildscope::profiling {

/// How busy the process keeps the processors that it may use: 0 to 1 (all of them, all the time).
struct CpuUtilization {
  double user = 0;
  double system = 0;
};

/// Makes a utilization out of the processor time used so far: the mean of the last ten seconds, or of the time since
/// the measurement before, when that is longer ago. So it does not matter how many ask, and how soon after one another.
///
/// Threads: one at a time.
class CpuMeter {
 public:
  using Seconds = std::chrono::duration<double>;

  /// `cpus`: how many the process may use, at least 1.
  explicit CpuMeter(double cpus) : cpus_(cpus) {}

  /// Nothing for the first measurement, or when no time has passed.
  std::optional<CpuUtilization> Update(std::chrono::steady_clock::time_point now, Seconds user, Seconds system);

 private:
  static constexpr std::chrono::seconds kWindow{10};

  struct Measurement {
    std::chrono::steady_clock::time_point at;
    Seconds user;
    Seconds system;
  };

  const double cpus_;
  std::deque<Measurement> measurements_;  // the first is the youngest that is older than the window, or the very first
};

}  // namespace guildscope::profiling
