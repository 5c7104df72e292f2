#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "guildscope/metrics/family.hpp"
#include "guildscope/metrics/instruments.hpp"

namespace guildscope::metrics {

/// A callback that reports values of a metric, and whether it still may run.
///
/// Threads: any. The mutex is held while the callback runs, so that Cancel waits for it; it is recursive because a
/// callback may end its own subscription.
class Observation {
 public:
  using Callback = std::function<void(RawObserver&)>;

  Observation(Family& family, Callback callback) : family_(family), callback_(std::move(callback)) {}

  [[nodiscard]] Family& family() const noexcept { return family_; }

  /// False when it was cancelled before. Throws what the callback throws.
  bool Run(RawObserver& observer) {
    const std::lock_guard lock(mutex_);
    if (callback_ == nullptr) return false;
    running_ = true;
    const Stopper stopper{*this};
    callback_(observer);
    return true;
  }

  /// When this has returned the callback runs no more, unless it is itself the caller.
  void Cancel() noexcept {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (!running_) callback_ = nullptr;
  }

  [[nodiscard]] bool cancelled() const noexcept {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

 private:
  // Under mutex_: a callback that cancelled itself is destroyed after it has returned.
  struct Stopper {
    Observation& observation;
    ~Stopper() {
      observation.running_ = false;
      if (observation.cancelled_) observation.callback_ = nullptr;
    }
  };

  Family& family_;
  mutable std::recursive_mutex mutex_;
  Callback callback_;       // guarded by mutex_
  bool running_ = false;    // guarded by mutex_
  bool cancelled_ = false;  // guarded by mutex_
};

}  // namespace guildscope::metrics
