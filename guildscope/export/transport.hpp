#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "guildscope/export/signal.hpp"

namespace guildscope::exporting {

/// What became of one attempt to send a request.
struct Reply {
  enum class Outcome {
    kAccepted,
    kRetry,      ///< Not now, or no connection: the same request may succeed later.
    kRefused,    ///< Never: sending it again would bring the same answer.
    kTimeout,    ///< No answer in time; may succeed later.
    kCancelled,  ///< Transport::Cancel was called.
  };
  Outcome outcome = Outcome::kRefused;
  std::uint64_t rejected = 0;  ///< Accepted, but for this many items.
  std::string detail;          ///< For people: what the collector or the network said.
  std::optional<std::chrono::milliseconds> retry_after;
  /// The collector may have taken it although it did not say so: sent again, it may be there twice.
  bool may_have_arrived = false;
};

/// Takes encoded requests of one signal to a collector.
///
/// Threads: Send from one, Cancel from any. Lifetime: nothing borrowed.
class Transport {
 public:
  virtual ~Transport() = default;

  /// One attempt. Returns soon after the deadline, whatever the collector does.
  virtual Reply Send(const Request& request, std::chrono::steady_clock::time_point deadline) noexcept = 0;

  /// A Send that runs, and every later one, returns soon with kCancelled.
  virtual void Cancel() noexcept = 0;

  /// Where it goes, for messages: no credentials.
  [[nodiscard]] virtual const std::string& destination() const noexcept = 0;
};

}  // namespace guildscope::exporting
