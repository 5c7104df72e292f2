#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "guildscope/base/clock.hpp"
#include "guildscope/export/delivery.hpp"
#include "guildscope/export/signal.hpp"
#include "guildscope/logging/logger.hpp"

namespace guildscope::exporting {

/// Tells people, in one line each, when a signal's collector stops taking what it is sent, what was lost (at most once
/// a minute while it goes on), and when it is well again.
/// `keeps` says that what is not taken is kept on disk meanwhile.
///
/// Threads: any. Lifetime: the clock must outlive it; the logger need not be alive any more.
class Reporter {
 public:
  Reporter(Signal signal, std::string destination, logging::Logger logger, const Clock& clock, bool keeps = false)
      : signal_(signal),
        destination_(std::move(destination)),
        logger_(std::move(logger)),
        clock_(clock),
        keeps_(keeps) {}

  /// An attempt failed and will be repeated.
  void Retrying(const std::string& detail);
  /// A request's end.
  void Ended(const Verdict& verdict, std::size_t items);

 private:
  const Signal signal_;
  const std::string destination_;
  const logging::Logger logger_;
  const Clock& clock_;
  const bool keeps_;
  std::mutex mutex_;
  bool failing_ = false;                                 // guarded by mutex_
  std::uint64_t lost_since_line_ = 0;                    // guarded by mutex_
  std::uint64_t lost_since_failing_ = 0;                 // guarded by mutex_
  std::chrono::steady_clock::time_point failing_since_;  // guarded by mutex_
  std::chrono::steady_clock::time_point last_line_;      // guarded by mutex_
};

}  // namespace guildscope::exporting
