#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "guildscope/base/redactor.hpp"
#include "guildscope/export/delivery.hpp"
#include "guildscope/logging/logger.hpp"

namespace guildscope::exporting {

/// Exports what processes left that ended without a shutdown: finds their recordings, says so in the log, sends what no
/// collector had, and puts the files away. A collector that is away is asked again for as long as the process runs; the
/// files stay until one has taken what is in them, or until there are more than eight, or for a week.
///
/// Cost: a thread that ends when there is nothing left to do. Threads: any. Lifetime: nothing borrowed.
class FlightRecovery {
 public:
  struct Counts {
    std::uint64_t exported = 0;
    std::uint64_t delivered_before = 0;
    std::uint64_t failed = 0;  ///< Unreadable, or removed because there were too many.
  };
  /// Told on the recovering thread; `signal` is kTraces or kLogs.
  using OnCounts = std::function<void(Signal signal, const Counts& counts)>;

  struct Parts {
    std::filesystem::path directory;
    std::unique_ptr<Delivery> traces;  ///< Null: the signal is not exported.
    std::unique_ptr<Delivery> logs;
    std::shared_ptr<const Redactor> redactor;
    logging::Logger logger;
    OnCounts on_counts;
    std::chrono::nanoseconds first_wait = std::chrono::seconds(5);  ///< Doubles, up to five minutes.
  };

  explicit FlightRecovery(Parts parts);
  /// Ends within a second.
  ~FlightRecovery();
  FlightRecovery(const FlightRecovery&) = delete;
  FlightRecovery& operator=(const FlightRecovery&) = delete;

  /// What is not sent by then waits for the next start.
  void Stop(std::chrono::milliseconds limit) noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread worker_;
};

}  // namespace guildscope::exporting
