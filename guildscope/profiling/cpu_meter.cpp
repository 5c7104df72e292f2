#include "guildscope/profiling/cpu_meter.hpp"

namespace guildscope::profiling {

std::optional<CpuUtilization> CpuMeter::Update(std::chrono::steady_clock::time_point now, Seconds user,
                                               Seconds system) {
  measurements_.push_back({now, user, system});
  while (measurements_.size() > 2 && now - measurements_[1].at >= kWindow) measurements_.pop_front();
  const Measurement& base = measurements_.front();
  const double available = Seconds(now - base.at).count() * cpus_;
  if (available <= 0) return std::nullopt;
  return CpuUtilization{(user - base.user).count() / available, (system - base.system).count() / available};
}

}  // namespace guildscope::profiling
