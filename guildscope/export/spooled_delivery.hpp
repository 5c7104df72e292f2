#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

#include "guildscope/export/account.hpp"
#include "guildscope/export/circuit.hpp"
#include "guildscope/export/delivery.hpp"
#include "guildscope/spool/spool.hpp"

namespace guildscope::exporting {

/// A delivery that keeps on disk what is not delivered at once, and the thread that sends it from there.
///
/// Deliver hands the request to the thread and waits a moment (`patience`); what is not decided by then, or failed and
/// may be tried again, goes into the spool. While the spool holds anything of this signal, or the collector failed,
/// it goes there at once, so no exporting thread waits for a collector that is away, and the order is kept. The thread
/// sends the oldest first, at a bounded pace, and tries a collector that failed as Circuit says. What is refused for
/// good is lost and counted, as without a spool. Once a stop was requested everything goes into the spool first. A
/// spool that cannot be written makes Deliver wait and try again until the time of all attempts is over, and then the
/// request is lost.
///
/// Threads: Deliver from one; the rest from any. Lifetime: the clock must outlive it. A thread that hangs in its
/// transport beyond Finish is left alone with what it needs.
class SpooledDelivery final : public Delivery {
 public:
  struct Parts {
    const char* thread_name = "gs-spool";
    std::shared_ptr<Transport> transport;
    std::shared_ptr<spool::Spool> spool;
    std::size_t lane = 0;
    std::shared_ptr<Account> account;
    RetryPolicy policy;
    Circuit::Waits waits;
    bool write_ahead = false;  ///< Every request is written before its first attempt.
    std::chrono::milliseconds patience{500};
    std::uint64_t replay_bytes_per_second = 16 * 1024 * 1024;
    /// The end of a request that was sent from the disk. May be empty. Must own what it uses.
    std::function<void(const Verdict&, std::size_t items, std::chrono::nanoseconds took)> on_verdict;
    /// An attempt from the disk failed. May be empty. Must own what it uses.
    std::function<void(const std::string& detail)> on_retry;
    /// An earlier process left these behind. May be empty. Must own what it uses, and not use the spool.
    std::function<void(std::uint64_t items)> on_found;
    /// Each second, on the thread. May be empty. Must own what it uses.
    std::function<void()> on_tick;
    const Clock* clock = &RealClock();
  };

  explicit SpooledDelivery(Parts parts);
  /// Finishes at once.
  ~SpooledDelivery() override;

  using Delivery::Deliver;
  [[nodiscard]] Verdict Deliver(const Request& request, std::chrono::steady_clock::time_point total_deadline) override;

  /// Waits until nothing of this signal is kept any more. False when it is not so within the limit.
  [[nodiscard]] bool WaitUntilSent(std::chrono::milliseconds limit);

  /// After the last Deliver and a request to stop: waits for the thread, which goes on sending what is kept while the
  /// collector takes it, until the stop's deadline; then cancels the transport and gives it `grace` to notice.
  void Finish(std::chrono::milliseconds grace);

 private:
  struct State;
  const std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace guildscope::exporting
