#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "guildscope/base/clock.hpp"
#include "guildscope/health/check.hpp"
#include "guildscope/health/loop.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope::health {

struct HealthOptions {
  /// monitoring.loop_health.stale_after_seconds: the window of loops that have none of their own.
  std::chrono::milliseconds stale_after{300'000};
};

/// An answer to a probe.
struct Report {
  unsigned status = 503;  ///< 200 or 503.
  std::string json;
};

struct ShardState {
  unsigned id = 0;
  bool connected = false;
};
using ShardSource = std::function<std::vector<ShardState>()>;

/// Ends the calls of a shard source when it is destroyed: after the destructor has returned, it is not called any more.
class [[nodiscard]] ShardRegistration {
 public:
  struct Slot {
    std::mutex mutex;
    ShardSource source;  // guarded by mutex
  };
  ShardRegistration() noexcept = default;
  explicit ShardRegistration(std::shared_ptr<Slot> slot) noexcept : slot_(std::move(slot)) {}
  ShardRegistration(ShardRegistration&&) noexcept = default;
  ShardRegistration& operator=(ShardRegistration&& other) noexcept;
  ~ShardRegistration();

 private:
  std::shared_ptr<Slot> slot_;
};

/// Whether the process does its work: what `/health`, `/ready` and the `heartbeat` gauge say, all from the same state.
///
/// Cost: a report is some microseconds plus the shard source; it never waits for a check or a loop.
/// Threads: any. Lifetime: handles may outlive it.
class Health {
 public:
  explicit Health(HealthOptions options = {}, const Clock& clock = RealClock());

  /// Watches a background loop from now on. Several loops may share a name: it is stalled when one of them is.
  /// Throws std::invalid_argument for an empty name or a window that is not positive.
  Loop RegisterLoop(std::string name, LoopOptions options = {});

  /// Adds a line `"name":"ok"` or `"name":"unavailable"` to the report; until its first answer it is unavailable.
  /// Throws std::invalid_argument for an empty function or a name that is empty or one of the report's own.
  Check AddCheck(std::string name, Check::Function works, CheckOptions options = {});

  /// Says which shards this process has. The source is called by each report and must not block. The last one set
  /// counts.
  ShardRegistration SetShardSource(ShardSource source);

  /// Connected: probes may succeed from now on. False: not any more, for now.
  void SetReady(bool ready = true) noexcept { ready_ = ready; }

  /// The bot closes; final.
  void SetClosed() noexcept { closed_ = true; }

  /// Liveness: fails before the process is ready and after it closed, when a loop is stalled and when a check fails.
  /// A shard that reconnects does not fail it: a restart would only make that worse.
  [[nodiscard]] Report Live() const;

  /// Readiness: liveness, and every shard is connected.
  [[nodiscard]] Report Ready() const;

  /// Sorted by name, one a name.
  [[nodiscard]] std::vector<LoopState> Loops() const;

 private:
  [[nodiscard]] Report MakeReport(bool needs_shards) const;
  [[nodiscard]] std::vector<ShardState> Shards() const;

  const HealthOptions options_;
  const Clock& clock_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> closed_{false};
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Loop::Record>> loops_;   // guarded by mutex_
  std::vector<std::shared_ptr<Check::State>> checks_;  // guarded by mutex_
  std::shared_ptr<ShardRegistration::Slot> shards_;    // guarded by mutex_
};

/// Exports `heartbeat{background_job}`: 1 for a loop that is ok or stopped, 0 for one that is stalled.
/// `health` must outlive the subscription.
metrics::Subscription RegisterHeartbeatGauge(metrics::Registry& registry, const Health& health);

}  // namespace guildscope::health
