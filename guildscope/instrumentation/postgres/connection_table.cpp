#include "guildscope/instrumentation/postgres/connection_table.hpp"

#include <utility>

namespace guildscope::postgres {

ConnectionState& ConnectionTable::For(const PGconn* connection) {
  const std::lock_guard lock(mutex_);
  auto& state = states_[connection];
  if (!state) {
    state = std::make_unique<ConnectionState>();
    size_.store(states_.size(), std::memory_order_relaxed);
  }
  return *state;
}

ConnectionState* ConnectionTable::Find(const PGconn* connection) noexcept {
  if (size_.load(std::memory_order_relaxed) == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(connection);
  return found == states_.end() ? nullptr : found->second.get();
}

std::unique_ptr<ConnectionState> ConnectionTable::Remove(const PGconn* connection) noexcept {
  if (size_.load(std::memory_order_relaxed) == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(connection);
  if (found == states_.end()) return nullptr;
  auto state = std::move(found->second);
  states_.erase(found);
  size_.store(states_.size(), std::memory_order_relaxed);
  return state;
}

ConnectionTable& Connections() noexcept {
  static auto& connections = *new ConnectionTable();
  return connections;
}

}  // namespace guildscope::postgres
