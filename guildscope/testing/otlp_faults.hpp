#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "guildscope/testing/otlp_receiver.hpp"

namespace guildscope::testing {

/// The fault of a receiver, and the requests that wait because of it.
///
/// Threads: any.
class OtlpFaults {
 public:
  void Set(OtlpFault fault);

  /// The fault for one more request.
  [[nodiscard]] OtlpFault Take();

  /// Waits as a fault asks, or until it is replaced, or until `gone` says that nobody waits for the answer any more.
  /// False when the request was let go and must not be answered well.
  bool Hold(const OtlpFault& fault, const std::function<bool()>& gone);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  OtlpFault fault_;            // guarded by mutex_
  std::uint64_t version_ = 0;  // guarded by mutex_
};

}  // namespace guildscope::testing
