#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

#include "guildscope/export/spooled_delivery.hpp"

namespace guildscope::exporting {

/// What the thread and the delivery share; the last of the two to go frees it.
struct SpooledDelivery::State {
  explicit State(Parts given) : parts(std::move(given)), circuit(parts.waits) {}

  /// A request that Deliver has given to the thread.
  struct Offer {
    Request request;
    bool taken = false;      // the thread sends it
    bool done = false;       // `reply` is there
    bool spooled = false;    // meanwhile it is on disk, as the oldest
    bool abandoned = false;  // meanwhile it is lost
    Reply reply;
  };
  using Lock = std::unique_lock<std::mutex>;
  using TimePoint = std::chrono::steady_clock::time_point;

  // Of the pipeline's thread.
  [[nodiscard]] bool Store(const Request& request, bool attempted, bool front = false);
  [[nodiscard]] std::optional<Verdict> Hand(Lock& lock, const Request& request, TimePoint deadline, Verdict& last,
                                            bool& attempted);

  // Of the sending thread.
  void Run();
  void Step(Lock& lock);
  [[nodiscard]] bool IsOver(TimePoint now) const;
  void SendOffer(Lock& lock);
  [[nodiscard]] bool SendOldest(Lock& lock);
  [[nodiscard]] TimePoint AttemptEnd() const;
  void Judge(const Reply& reply);
  void End(const Reply& reply, std::size_t items, bool attempted, std::chrono::nanoseconds took);
  void Tick();

  [[nodiscard]] TimePoint Now() const noexcept { return parts.clock->SteadyNow(); }

  const Parts parts;
  mutable std::mutex mutex;
  std::condition_variable changed;
  Circuit circuit;                         // guarded by mutex
  std::shared_ptr<Offer> offer;            // guarded by mutex
  TimePoint replay_not_before;             // guarded by mutex
  std::optional<TimePoint> stop_deadline;  // guarded by mutex
  bool finishing = false;                  // guarded by mutex; no Deliver comes any more
  bool ended = false;                      // guarded by mutex
  TimePoint next_tick;                     // of the sending thread
};

}  // namespace guildscope::exporting
