#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "guildscope/base/clock.hpp"
#include "guildscope/export/loss.hpp"
#include "guildscope/export/stop_signal.hpp"
#include "guildscope/export/transport.hpp"

namespace guildscope::exporting {

struct RetryPolicy {
  std::chrono::milliseconds attempt_timeout{10'000};  ///< Of one attempt.
  std::chrono::milliseconds total_timeout{30'000};    ///< Of all attempts and the waits between them.
  std::chrono::milliseconds first_wait{1'000};        ///< Doubles with each attempt, less up to a half at random.
  std::chrono::milliseconds longest_wait{5'000};      ///< Not of a wait that the collector asked for.
  int attempts_after_stop = 2;
  std::chrono::milliseconds wait_after_stop{200};
};

/// What became of one request in the end.
struct Verdict {
  std::optional<Loss> loss;    ///< Of all its items; nothing when it was accepted.
  std::uint64_t rejected = 0;  ///< Items of an accepted request that the collector did not take.
  std::string detail;
  /// Neither: it is on disk, whoever sends it from there counts what becomes of it.
  bool spooled = false;
};

/// Sends a request until it is accepted, refused for good, or out of time. Once a stop was requested it tries only a
/// little longer, and not past the stop's deadline.
///
/// Threads: Deliver from one; the rest from any. Lifetime: the clock must outlive it.
class Delivery {
 public:
  using Pause = std::function<void(std::chrono::nanoseconds duration, bool stop_was_requested)>;

  /// `pause` is for tests; it waits on the stop signal when it is empty.
  explicit Delivery(std::shared_ptr<Transport> transport, RetryPolicy policy = {}, const Clock& clock = RealClock(),
                    Pause pause = {});
  virtual ~Delivery() = default;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Called on the delivering thread before it tries again. Must own what it uses. Set it before the first Deliver.
  void OnRetry(std::function<void(const std::string& detail)> on_retry) { on_retry_ = std::move(on_retry); }

  [[nodiscard]] Verdict Deliver(const Request& request) { return Deliver(request, NewDeadline()); }
  /// For requests that share the time of all attempts: each gets the same deadline.
  [[nodiscard]] virtual Verdict Deliver(const Request& request, std::chrono::steady_clock::time_point total_deadline);
  [[nodiscard]] std::chrono::steady_clock::time_point NewDeadline() const {
    return clock_.SteadyNow() + policy_.total_timeout;
  }

  [[nodiscard]] StopSignal& stop() noexcept { return stop_; }
  void Cancel() noexcept { transport_->Cancel(); }
  [[nodiscard]] const std::string& destination() const noexcept { return transport_->destination(); }

 private:
  [[nodiscard]] std::chrono::nanoseconds Backoff(int attempt, bool stopping);

  const std::shared_ptr<Transport> transport_;
  const RetryPolicy policy_;
  const Clock& clock_;
  StopSignal stop_;
  const Pause pause_;
  std::function<void(const std::string&)> on_retry_;
  std::minstd_rand random_;
};

}  // namespace guildscope::exporting
