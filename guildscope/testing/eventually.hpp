#pragma once

#include <chrono>
#include <thread>

namespace guildscope::testing {

/// Asks every 20 ms until the condition holds; false when it does not in time. For what other processes and threads do,
/// where there is nothing to wait on. The limit is long, because the machine may be busy.
///
/// Threads: any; the condition runs on the caller's.
template <typename Condition>
[[nodiscard]] bool Eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace guildscope::testing
