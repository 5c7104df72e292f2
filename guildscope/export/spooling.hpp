#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "guildscope/base/clock.hpp"
#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/account.hpp"
#include "guildscope/export/signal.hpp"
#include "guildscope/logging/logger.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/spool/spool.hpp"

namespace guildscope::exporting {

/// The spool that the settings ask for, with a lane for each signal. It is not opened yet.
[[nodiscard]] std::shared_ptr<spool::Spool> MakeSpool(const config::SpoolSettings& settings, const Clock& clock);

/// The signal's lane.
[[nodiscard]] constexpr std::size_t LaneOf(Signal signal) noexcept { return static_cast<std::size_t>(signal); }
inline constexpr std::array kSpooledSignals{Signal::kTraces, Signal::kMetrics, Signal::kLogs};

/// Of each signal, in the order of lanes.
using SpoolAccounts = std::array<std::shared_ptr<const Account>, kSpooledSignals.size()>;

/// Shows the spool as guildscope.spool.*, for as long as the subscriptions live.
[[nodiscard]] std::vector<metrics::Subscription> ShowSpool(metrics::Registry& registry,
                                                           const std::shared_ptr<const spool::Spool>& spool,
                                                           const SpoolAccounts& accounts, const Clock& clock);

/// Tells people, in one line each and at most once a minute, that the spool cannot be used or written, that it drops
/// its oldest, and that it is well again; and once, what an earlier process left behind.
///
/// Threads: any. Lifetime: the clock must outlive it; the logger need not be alive any more.
class SpoolReporter {
 public:
  SpoolReporter(std::string directory, logging::Logger logger, const Clock& clock)
      : directory_(std::move(directory)), logger_(std::move(logger)), clock_(clock) {}

  /// Looks at the figures; now and then.
  void Look(const spool::SpoolStats& stats);
  /// `items` are of an earlier process.
  void Found(Signal signal, std::uint64_t items);

 private:
  const std::string directory_;
  const logging::Logger logger_;
  const Clock& clock_;
  std::mutex mutex_;
  std::uint64_t errors_ = 0;                                  // guarded by mutex_; told
  std::array<std::uint64_t, kSpooledSignals.size()> lost_{};  // guarded by mutex_; told
  bool failing_ = false;                                      // guarded by mutex_
  std::chrono::steady_clock::time_point quiet_until_;         // guarded by mutex_
};

}  // namespace guildscope::exporting
