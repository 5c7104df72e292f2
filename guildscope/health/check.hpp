#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "guildscope/base/clock.hpp"

namespace guildscope::health {

struct CheckOptions {
  std::chrono::milliseconds interval{5'000};  ///< Between the end of one run and the next.
  std::chrono::milliseconds timeout{2'000};   ///< A run that takes longer counts as failed until it returns.
};

/// Asks something again and again whether it works (a database ping); Health::AddCheck makes it. It runs on a thread of
/// its own, so a probe never waits for it: the probe reads the last answer, and an answer that is overdue is a failure.
///
/// Threads: any. Lifetime: the destructor waits for a run that is under way, but no longer than the timeout: then the
/// run is left behind, and what its function captured must still outlive it.
class [[nodiscard]] Check {
 public:
  using Function = std::function<bool()>;  ///< True: works. An exception counts as false.

  /// What Health reads. Internal.
  struct State {
    State(std::string name_in, Function function_in, CheckOptions options_in, const Clock& clock_in);
    [[nodiscard]] bool Works() const;
    void Run();

    const std::string name;
    const Function function;
    const CheckOptions options;
    const Clock& clock;
    std::atomic<bool> gone{false};
    mutable std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;                              // guarded by mutex
    bool ended = false;                                 // guarded by mutex
    bool works = false;                                 // the last answer; guarded by mutex
    std::chrono::steady_clock::time_point answered_at;  // guarded by mutex
  };

  Check() noexcept = default;
  /// Throws std::system_error when no thread can be started.
  explicit Check(std::shared_ptr<State> state);
  Check(Check&&) noexcept = default;
  Check& operator=(Check&& other) noexcept;
  ~Check();

 private:
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace guildscope::health
