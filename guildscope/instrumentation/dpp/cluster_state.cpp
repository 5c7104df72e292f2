#include "guildscope/instrumentation/dpp/cluster_state.hpp"

#include <algorithm>
#include <stdexcept>

#include "guildscope/profiling/task_count.hpp"

namespace guildscope::dpp {

ClusterState::ClusterState(const Sinks& sinks)
    : sinks_(sinks), commands_(sinks.metrics), rest_(sinks), shards_(sinks.metrics) {
  count_of_commands_ = profiling::CountTasks(sinks.metrics, [this] { return waiting_commands_.load(); });
}

void ClusterState::CountQueuedWork(std::function<std::size_t()> count) {
  auto subscription = profiling::CountTasks(sinks_.metrics, std::move(count));
  const std::unique_lock lock(gate_);
  count_of_work_ = std::move(subscription);
}

void ClusterState::ForgetCluster() {
  metrics::Subscription ended;  // destroyed outside the lock: it waits for a count that may be running
  const std::unique_lock lock(gate_);
  ended = std::move(count_of_work_);
}

void ClusterState::Close() {
  {
    const std::unique_lock lock(gate_);
    if (!std::exchange(open_, false)) return;
  }
  // Outside the lock: each of these waits for a callback that may be running.
  while (!undo_.empty()) {
    undo_.back()();
    undo_.pop_back();
  }
  count_of_commands_.Reset();
  ForgetCluster();
  shards_.Close();
  rest_.Close();
}

Clusters& Clusters::Instance() {
  static auto* const clusters = new Clusters;
  return *clusters;
}

void Clusters::Add(const ::dpp::cluster* cluster, std::shared_ptr<ClusterState> state) {
  const std::unique_lock lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.first == cluster) {
      throw std::logic_error(
          "guildscope::dpp::Instrument: this dpp::cluster is instrumented already; keep one handle a cluster");
    }
  }
  entries_.emplace_back(cluster, std::move(state));
  count_.store(entries_.size(), std::memory_order_relaxed);
}

std::shared_ptr<ClusterState> Clusters::Remove(const ::dpp::cluster* cluster) {
  const std::unique_lock lock(mutex_);
  const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == cluster; });
  if (entry == entries_.end()) return nullptr;
  auto state = std::move(entry->second);
  entries_.erase(entry);
  count_.store(entries_.size(), std::memory_order_relaxed);
  return state;
}

void Clusters::Remove(const ClusterState* state) {
  const std::unique_lock lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.second.get() == state; });
  count_.store(entries_.size(), std::memory_order_relaxed);
}

std::shared_ptr<ClusterState> Clusters::Find(const ::dpp::cluster* cluster) const {
  if (cluster == nullptr || empty()) return nullptr;
  const std::shared_lock lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.first == cluster) return entry.second;
  }
  return nullptr;
}

std::vector<std::shared_ptr<ClusterState>> Clusters::All() const {
  std::vector<std::shared_ptr<ClusterState>> states;
  const std::shared_lock lock(mutex_);
  states.reserve(entries_.size());
  for (const Entry& entry : entries_) states.push_back(entry.second);
  return states;
}

}  // namespace guildscope::dpp
