#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "guildscope/base/clock.hpp"

namespace guildscope::health {

enum class LoopStatus {
  kOk,
  kStalled,  ///< No successful iteration for longer than the window: the probe fails, the heartbeat is 0.
  kStopped,  ///< Ended on purpose: the probe does not fail, the heartbeat stays at 1.
};

/// `ok`, `stalled` or `stopped`.
[[nodiscard]] const char* ToString(LoopStatus status) noexcept;

struct LoopOptions {
  /// How long the loop may go without a successful iteration; empty: monitoring.loop_health.stale_after_seconds.
  std::optional<std::chrono::milliseconds> stale_after;
};

struct LoopState {
  std::string name;
  LoopStatus status = LoopStatus::kOk;
  std::chrono::nanoseconds since_success{0};  ///< Time in which it was at work without finishing; 0 while it waits.
  std::uint64_t failures = 0;                 ///< In a row.
};

/// The heartbeat of one background loop; Health::RegisterLoop makes it. Health stops watching when it is destroyed.
///
/// Time counts against the loop while it works, fails and backs off, and not while it waits for work (see Wait).
///
/// Cost: a beat is one reading of the clock and two relaxed stores, wait-free.
/// Threads: one at a time writes. Lifetime: may outlive Health; the clock must outlive it.
class [[nodiscard]] Loop {
 public:
  /// What Health reads. Internal.
  struct Record {
    Record(std::string name_in, std::chrono::nanoseconds window_in, const Clock& clock_in);
    [[nodiscard]] LoopState State(std::chrono::steady_clock::time_point now) const;

    const std::string name;
    const std::chrono::nanoseconds window;
    const Clock& clock;
    std::atomic<std::int64_t> last_success;  // steady time in nanoseconds, moved on by the time spent waiting
    std::atomic<bool> waiting{false};
    std::atomic<bool> stopped{false};
    std::atomic<bool> gone{false};
    std::atomic<std::uint64_t> failures{0};
  };

  /// Says that the loop waits for work, from its making to its end.
  class [[nodiscard]] Waiting {
   public:
    explicit Waiting(Record* record) noexcept;
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    Record* const record_;
    std::int64_t start_ = 0;
  };

  /// Watches nothing.
  Loop() noexcept = default;
  explicit Loop(std::shared_ptr<Record> record) noexcept : record_(std::move(record)) {}
  Loop(Loop&&) noexcept = default;
  Loop& operator=(Loop&& other) noexcept;
  ~Loop();

  /// An iteration has completed successfully.
  void Beat() noexcept;

  /// An iteration has failed. The window goes on running: only time makes a loop stalled.
  void Fail() noexcept;

  /// Waiting on an empty queue is healthy for as long as it takes. Waiting to try again after an error is not this.
  Waiting Wait() noexcept { return Waiting(record_.get()); }

  /// The loop ended on purpose; final.
  void Stop() noexcept;

 private:
  std::shared_ptr<Record> record_;
};

}  // namespace guildscope::health
