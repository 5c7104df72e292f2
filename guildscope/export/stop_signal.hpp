#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

namespace guildscope::exporting {

/// Says that work is to end, and until when it may go on.
/// Threads: any.
class StopSignal {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// The first request counts.
  void Request(TimePoint deadline) {
    std::function<void(TimePoint)> then;
    {
      const std::lock_guard lock(mutex_);
      if (requested_) return;
      requested_ = true;
      deadline_ = deadline;
      then = on_request_;
    }
    changed_.notify_all();
    if (then) then(deadline);
  }

  /// For who waits for other things beside. Called once, on the requesting thread. Set it before the first Request.
  void OnRequest(std::function<void(TimePoint deadline)> on_request) { on_request_ = std::move(on_request); }

  [[nodiscard]] bool requested() const {
    const std::lock_guard lock(mutex_);
    return requested_;
  }

  /// TimePoint::max() when there was no request.
  [[nodiscard]] TimePoint deadline() const {
    const std::lock_guard lock(mutex_);
    return deadline_;
  }

  /// Waits this long, or until a stop is requested. With `was_requested` (what the caller saw when it decided to wait)
  /// a stop that came before does not shorten it.
  void Pause(std::chrono::nanoseconds duration, bool was_requested) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, duration, [&] { return requested_ != was_requested; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void(TimePoint)> on_request_;
  bool requested_ = false;                 // guarded by mutex_
  TimePoint deadline_ = TimePoint::max();  // guarded by mutex_
};

}  // namespace guildscope::exporting
