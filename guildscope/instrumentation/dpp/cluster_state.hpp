#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "guildscope/instrumentation/dpp/command_metrics.hpp"
#include "guildscope/instrumentation/dpp/rest_recorder.hpp"
#include "guildscope/instrumentation/dpp/shard_metrics.hpp"
#include "guildscope/instrumentation/dpp/sinks.hpp"

namespace dpp {
class cluster;
}

namespace guildscope::dpp {

/// What the hooks know about one instrumented cluster. Shared by its Instrumentation, the hooks that are at work for it
/// and the commands that are running, so that none of them ever sees it half gone.
///
/// What is measured comes from the hooks, on D++'s threads. Only the count of queued work looks into the cluster, which
/// ends before the cluster does: ForgetCluster.
class ClusterState {
 public:
  explicit ClusterState(const Sinks& sinks);

  /// Runs `work` unless the instrumentation has ended; it cannot end before `work` has returned. Telemetry never breaks
  /// the bot: an exception (out of memory) ends here. Must not be nested.
  template <typename Work>
  void WhileOpen(Work&& work) noexcept {
    try {
      const std::shared_lock lock(gate_);
      if (open_) std::forward<Work>(work)();
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }

  /// Ends the instrumentation: after it has returned, nothing touches the sinks any more. Idempotent.
  void Close();

  [[nodiscard]] const Sinks& sinks() const noexcept { return sinks_; }
  [[nodiscard]] RestRecorder& rest() noexcept { return rest_; }
  [[nodiscard]] CommandMetrics& commands() noexcept { return commands_; }
  [[nodiscard]] ShardMetrics& shards() noexcept { return shards_; }

  /// `count` says how much work D++'s thread pool has queued, until ForgetCluster.
  void CountQueuedWork(std::function<std::size_t()> count);
  /// After it has returned, nothing here looks at the cluster any more. Idempotent.
  void ForgetCluster();

  /// Commands whose coroutine waits for something and has no thread meanwhile.
  [[nodiscard]] std::atomic<std::size_t>& waiting_commands() noexcept { return waiting_commands_; }

  /// Things to undo in Close(), in reverse order.
  void OnClose(std::function<void()> undo) { undo_.push_back(std::move(undo)); }

 private:
  const Sinks sinks_;
  std::shared_mutex gate_;
  bool open_ = true;  // guarded by gate_
  CommandMetrics commands_;
  RestRecorder rest_;
  ShardMetrics shards_;
  std::atomic<std::size_t> waiting_commands_{0};
  metrics::Subscription count_of_commands_;
  metrics::Subscription count_of_work_;      // guarded by gate_
  std::vector<std::function<void()>> undo_;  // written before the state is shared, emptied by Close
};

/// Which clusters of this process are instrumented: the one point at which D++'s calls find us, and the only global.
///
/// Threads: any. Lifetime: never destroyed, because a bot may be a global object that ends after everything else.
class Clusters {
 public:
  [[nodiscard]] static Clusters& Instance();

  /// Throws std::logic_error when the cluster is there already.
  void Add(const ::dpp::cluster* cluster, std::shared_ptr<ClusterState> state);
  /// Null when it was not there.
  std::shared_ptr<ClusterState> Remove(const ::dpp::cluster* cluster);
  void Remove(const ClusterState* state);

  /// Null when the cluster is not instrumented.
  [[nodiscard]] std::shared_ptr<ClusterState> Find(const ::dpp::cluster* cluster) const;
  [[nodiscard]] std::vector<std::shared_ptr<ClusterState>> All() const;
  [[nodiscard]] bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }

 private:
  using Entry = std::pair<const ::dpp::cluster*, std::shared_ptr<ClusterState>>;

  mutable std::shared_mutex mutex_;
  std::vector<Entry> entries_;  // guarded by mutex_; one or two in practice
  std::atomic<std::size_t> count_{0};
};

}  // namespace guildscope::dpp
