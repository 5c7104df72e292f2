#include "guildscope/testing/otlp_faults.hpp"

#include <algorithm>

namespace guildscope::testing {

void OtlpFaults::Set(OtlpFault fault) {
  {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    ++version_;
  }
  changed_.notify_all();
}

OtlpFault OtlpFaults::Take() {
  const std::lock_guard lock(mutex_);
  if (fault_.requests == 0) return {};
  if (fault_.requests > 0) --fault_.requests;
  return fault_;
}

bool OtlpFaults::Hold(const OtlpFault& fault, const std::function<bool()>& gone) {
  constexpr std::chrono::milliseconds kLook{10};  // nobody tells a handler that its client went away
  const bool for_ever = fault.kind == OtlpFault::Kind::kBlackHole;
  const auto until = std::chrono::steady_clock::now() + fault.delay;
  std::unique_lock lock(mutex_);
  const std::uint64_t version = version_;
  while (for_ever || std::chrono::steady_clock::now() < until) {
    if (version_ != version || gone()) return false;
    changed_.wait_for(lock, kLook);
  }
  return true;
}

}  // namespace guildscope::testing
