#include "guildscope/instrumentation/dpp/shard_metrics.hpp"

#include <algorithm>
#include <utility>

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::dpp {

namespace catalogue = metrics::catalogue;

ShardMetrics::ShardMetrics(metrics::Registry& registry)
    : events_(registry.Get(catalogue::kDiscordGatewayEvents)),
      reconnects_(registry.Get(catalogue::kDiscordGatewayReconnects)) {
  const auto observe = [&](const metrics::GaugeDescriptor<1>& descriptor,
                           std::optional<double> (*value)(const Shard&)) {
    subscriptions_.push_back(registry.Observe(descriptor, [this, value](metrics::Observer<1>& observer) {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, shard] : shards_) {
        if (const auto number = value(shard)) observer(*number, {shard.label});
      }
    }));
  };
  observe(catalogue::kDiscordGatewayConnected,
          [](const Shard& shard) { return std::optional(shard.connected ? 1.0 : 0.0); });
  observe(catalogue::kDiscordGatewayLatency, [](const Shard& shard) { return shard.latency; });
  observe(catalogue::kDiscordGuildCount,
          [](const Shard& shard) { return std::optional(static_cast<double>(shard.guilds.size())); });
}

void ShardMetrics::Expect(std::uint32_t shard) {
  const std::lock_guard lock(mutex_);
  Find(shard);
}

void ShardMetrics::CountEvent(std::uint32_t shard, std::string_view event_type) {
  const std::lock_guard lock(mutex_);
  Shard& found = Find(shard);
  auto counter = found.events.find(event_type);
  if (counter == found.events.end()) {
    counter = found.events.emplace(event_type, events_.Bind({found.label, event_type})).first;
  }
  counter->second.Add();
}

ShardMetrics::Guilds ShardMetrics::Ready(std::uint32_t shard, const Guilds& guilds) {
  const std::lock_guard lock(mutex_);
  Shard& found = Find(shard);
  if (std::exchange(found.had_session, true)) reconnects_.Add(1, {found.label, "identify"});
  found.connected = true;
  const auto before = std::exchange(found.guilds, {guilds.begin(), guilds.end()});
  Guilds left;
  for (const std::uint64_t guild : before) {
    if (!found.guilds.contains(guild)) left.push_back(guild);
  }
  return left;
}

void ShardMetrics::Resumed(std::uint32_t shard) {
  const std::lock_guard lock(mutex_);
  Shard& found = Find(shard);
  found.connected = true;
  reconnects_.Add(1, {found.label, "resume"});
}

void ShardMetrics::Disconnected(std::uint32_t shard) {
  const std::lock_guard lock(mutex_);
  Shard& found = Find(shard);
  found.connected = false;
  found.latency.reset();
}

void ShardMetrics::Joined(std::uint32_t shard, std::uint64_t guild) {
  const std::lock_guard lock(mutex_);
  Find(shard).guilds.insert(guild);
}

void ShardMetrics::Left(std::uint32_t shard, std::uint64_t guild) {
  const std::lock_guard lock(mutex_);
  Find(shard).guilds.erase(guild);
}

void ShardMetrics::SetLatency(std::uint32_t shard, double seconds) {
  const std::lock_guard lock(mutex_);
  Find(shard).latency = seconds;
}

std::vector<health::ShardState> ShardMetrics::States() const {
  const std::lock_guard lock(mutex_);
  std::vector<health::ShardState> states;
  states.reserve(shards_.size());
  for (const auto& [id, shard] : shards_) states.push_back({id, shard.connected});
  return states;
}

bool ShardMetrics::AllConnected() const {
  const std::lock_guard lock(mutex_);
  return !shards_.empty() && std::ranges::all_of(shards_, [](const auto& entry) { return entry.second.connected; });
}

void ShardMetrics::Close() { subscriptions_.clear(); }

ShardMetrics::Shard& ShardMetrics::Find(std::uint32_t shard) {
  const auto [found, is_new] = shards_.try_emplace(shard);
  if (is_new) found->second.label = std::to_string(shard);
  return found->second;
}

}  // namespace guildscope::dpp
