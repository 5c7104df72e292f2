#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

#include "guildscope/logging/logger.hpp"
#include "guildscope/logging/record_ring.hpp"

namespace guildscope::logging {

/// A RecordRing and the one thread that takes records out of it. ERROR and CRITICAL wake the thread at once; what is
/// less important may wait for some milliseconds, so that a busy process does not wake it for every line.
///
/// Cost: a push is that of the ring, and one write to an eventfd when the thread sleeps.
/// Threads: any. Lifetime: in a forked child nothing is written, since the thread stayed behind; Flush and Close return
/// at once there.
class RecordQueue {
 public:
  struct Parts {
    std::size_t max_records = 8'192;
    std::size_t max_bytes = 2 * 1024 * 1024;
    /// Writes one record. On the thread. Must not throw; owns what it uses, since a thread that was left alone may
    /// still be in it.
    std::function<void(std::string_view record)> write;
    /// Called when the queue has run empty, and at the end, with what dropped() would say.
    std::function<void(const LevelCounts& dropped)> drained;
  };

  explicit RecordQueue(Parts parts);
  /// Closes within a second.
  ~RecordQueue();
  RecordQueue(const RecordQueue&) = delete;
  RecordQueue& operator=(const RecordQueue&) = delete;

  /// `fill(char* to)` writes the `size` bytes. False, and counted, when there is no room, or after Close.
  template <typename Fill>
  bool Push(Level level, std::size_t size, Fill&& fill) noexcept {
    if (!Open() || !ring().TryPush(level, size, std::forward<Fill>(fill))) {
      Drop(level);
      return false;
    }
    Pushed(level >= Level::kError);
    return true;
  }

  /// True when what was pushed before the call has been written within the limit.
  bool Flush(std::chrono::milliseconds limit) noexcept;

  /// Takes nothing new, and writes what there is within the limit; what it did not come to counts as dropped. A thread
  /// that hangs in a sink is left alone. False when anything was left over. Idempotent.
  bool Close(std::chrono::milliseconds limit) noexcept;

  /// True when Close left the thread behind: what it uses must stay.
  [[nodiscard]] bool left_alone() const noexcept;

  /// Refused, or left over at the end.
  [[nodiscard]] LevelCounts dropped() const noexcept;

 private:
  struct State;
  [[nodiscard]] bool Open() const noexcept;
  [[nodiscard]] RecordRing& ring() noexcept;
  void Drop(Level level) noexcept;
  void Pushed(bool urgent) noexcept;

  const std::shared_ptr<State> state_;
  const pid_t owner_;
  mutable std::mutex close_mutex_;
  bool left_alone_ = false;   // guarded by close_mutex_
  bool closed_whole_ = true;  // guarded by close_mutex_
  std::thread thread_;        // guarded by close_mutex_
};

}  // namespace guildscope::logging
