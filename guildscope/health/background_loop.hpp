#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "guildscope/health/backoff.hpp"
#include "guildscope/health/health.hpp"

namespace guildscope::health {

/// What one iteration found.
enum class Iteration {
  kWorked,  ///< There may be more: the next one follows at once.
  kIdle,    ///< Nothing more to do: the loop waits for its interval, or until it is woken.
};

struct BackgroundLoopOptions {
  LoopOptions health{};
  std::chrono::milliseconds interval{1'000};  ///< The wait after Iteration::kIdle.
  BackoffOptions backoff{};                   ///< The wait after an exception.
  std::function<void(std::string_view what)>
      on_error{};  ///< Called on the loop's thread for each exception; must not throw.
};

/// A thread that does something again and again, watched by Health: successful iterations beat its heart, an exception
/// is reported and backs off, and every wait ends at once when the loop is stopped. Not for work that must start on
/// time: an iteration that takes long delays the next.
///
/// Threads: Wake and Stop from any. Lifetime: health and what the functions capture must outlive it.
class BackgroundLoop {
 public:
  using Iterate = std::function<Iteration(const std::stop_token&)>;

  /// Starts right away. Throws what Health::RegisterLoop throws, and std::system_error when no thread can be started.
  BackgroundLoop(Health& health, const std::string& name, Iterate iterate, BackgroundLoopOptions options = {});
  /// Stops, and waits for the iteration that runs: iterations that may take long watch their stop token.
  ~BackgroundLoop();
  BackgroundLoop(const BackgroundLoop&) = delete;
  BackgroundLoop& operator=(const BackgroundLoop&) = delete;

  /// Ends the wait of an idle loop, or spares it the next one. A back-off is not cut short.
  void Wake();

  /// Asks the loop to end, and waits at most `limit` for that. False when its iteration still runs. Its heartbeat then
  /// stays at 1 as long as this object lives.
  bool Stop(std::chrono::milliseconds limit);

 private:
  void Run(const std::stop_token& stop);
  bool RunOnce(const std::stop_token& stop);
  void AwaitWork(const std::stop_token& stop);
  void BackOff(const std::stop_token& stop);

  const Iterate iterate_;
  const BackgroundLoopOptions options_;
  Loop loop_;
  Backoff backoff_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = false;  // guarded by mutex_
  bool ended_ = false;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace guildscope::health
