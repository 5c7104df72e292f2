#pragma once

#include <mutex>
#include <optional>

#include "apps/disruptor/discord/dpp_failure.hpp"

namespace disruptor {

/// What the main thread waits for: signals, and the news that the bot cannot go on.
///
/// Threads: make it first thing in main, before other threads, which then inherit the blocked signals; Report from any.
class MainEvents {
 public:
  struct Event {
    int signal = 0;  ///< SIGTERM, SIGINT or SIGHUP; 0: a failure.
    Failure failure;
  };

  /// Throws std::system_error.
  MainEvents();
  ~MainEvents();
  MainEvents(const MainEvents&) = delete;
  MainEvents& operator=(const MainEvents&) = delete;

  /// The first one counts.
  void Report(const Failure& failure);

  [[nodiscard]] Event Wait();

  /// From now on SIGTERM and SIGINT end the process at once, also those that wait already.
  static void EndAtNextSignal() noexcept;

 private:
  int signals_ = -1;
  int reports_ = -1;
  std::mutex mutex_;
  std::optional<Failure> failure_;  // guarded by mutex_
};

}  // namespace disruptor
