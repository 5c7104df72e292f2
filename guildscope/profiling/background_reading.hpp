#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "guildscope/base/clock.hpp"
#include "guildscope/base/thread.hpp"

namespace guildscope::profiling {

/// Reads something that may take long, or for ever, on a thread of its own, so that who wants to know waits no longer
/// than they like and has the last value meanwhile.
///
/// Cost: a sleeping thread, and two switches a reading. Threads: any.
/// Lifetime: the destructor waits for a reading that is under way, but no longer than half a second: then it is left
/// behind, and what `read` captured must still outlive it. Let it own what it needs.
template <typename T>
class BackgroundReading {
 public:
  using Read = std::function<T()>;

  struct Result {
    std::optional<T> value;                           ///< Nothing before the first reading has succeeded.
    std::chrono::steady_clock::time_point read_at{};  ///< By the clock, when that reading began.
    bool in_time = false;                             ///< It was begun after it was asked for.
  };

  /// `name`: of the thread, 15 characters at most. Throws std::system_error when no thread can be started.
  BackgroundReading(const char* name, Read read, const Clock& clock)
      : state_(std::make_shared<State>(std::move(read), clock)),
        thread_(StartThread(name, [state = state_] { state->Run(); })) {}
  ~BackgroundReading();
  BackgroundReading(const BackgroundReading&) = delete;
  BackgroundReading& operator=(const BackgroundReading&) = delete;

  /// Asks for a new value; does not wait. A reading that is under way is finished first.
  void Ask() {
    const std::lock_guard lock(state_->mutex);
    ++state_->asked;
    state_->changed.notify_all();
  }

  /// The value that was asked for last, if it is there by then; else the one before. A reading that throws leaves the
  /// value as it was, and is not in time.
  [[nodiscard]] Result Await(std::chrono::steady_clock::time_point deadline) const {
    std::unique_lock lock(state_->mutex);
    const std::uint64_t asked = state_->asked;
    state_->changed.wait_until(lock, deadline, [&] { return state_->answered >= asked; });
    return {state_->value, state_->read_at, state_->succeeded >= asked};
  }

 private:
  static constexpr std::chrono::milliseconds kStopLimit{500};

  struct State {
    State(Read read_in, const Clock& clock_in) : read(std::move(read_in)), clock(clock_in) {}
    void Run();

    const Read read;
    const Clock& clock;  // not used any more once stopping is set
    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;  // guarded by mutex, as is all below
    bool ended = false;
    std::uint64_t asked = 0;      // how many readings were asked for
    std::uint64_t answered = 0;   // the last of them that has ended
    std::uint64_t succeeded = 0;  // the last of them that gave the value
    std::optional<T> value;
    std::chrono::steady_clock::time_point read_at{};
  };

  const std::shared_ptr<State> state_;
  std::thread thread_;
};

template <typename T>
void BackgroundReading<T>::State::Run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stopping || answered != asked; });
    if (stopping) break;
    const std::uint64_t number = asked;
    const auto begun = clock.SteadyNow();
    lock.unlock();
    std::optional<T> got;
    try {
      got = read();
    } catch (...) {  // NOLINT(bugprone-empty-catch): nothing was got, and the age of the value says so
    }
    lock.lock();
    answered = number;
    if (got) {
      succeeded = number;
      value = std::move(got);
      read_at = begun;
    }
    changed.notify_all();
  }
  ended = true;
  changed.notify_all();
}

template <typename T>
BackgroundReading<T>::~BackgroundReading() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
  const bool ended = state_->changed.wait_for(lock, kStopLimit, [&] { return state_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

}  // namespace guildscope::profiling
