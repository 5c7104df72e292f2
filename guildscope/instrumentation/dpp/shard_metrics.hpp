#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "guildscope/health/health.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope::dpp {

/// The state of each gateway shard of one cluster, as its events tell it, and the metrics made from it.
///
/// Guilds are counted from READY's list, GUILD_CREATE and GUILD_DELETE, not from D++'s cache, which may be off. A guild
/// in an outage is still a guild that the bot is in.
///
/// Cost: a lock and a look-up by event type; 8 bytes and a hash node a guild. Threads: any.
/// Lifetime: the registry must outlive it, up to Close().
class ShardMetrics {
 public:
  using Guilds = std::vector<std::uint64_t>;

  explicit ShardMetrics(metrics::Registry& registry);

  /// The shard belongs to this process; until its first Ready it is not connected.
  void Expect(std::uint32_t shard);

  void CountEvent(std::uint32_t shard, std::string_view event_type);
  /// A new session, with all guilds of the shard. Returns those that were left meanwhile.
  Guilds Ready(std::uint32_t shard, const Guilds& guilds);
  void Resumed(std::uint32_t shard);
  void Disconnected(std::uint32_t shard);
  void Joined(std::uint32_t shard, std::uint64_t guild);
  void Left(std::uint32_t shard, std::uint64_t guild);
  void SetLatency(std::uint32_t shard, double seconds);

  /// Of every shard that this process has.
  [[nodiscard]] std::vector<health::ShardState> States() const;
  /// False when there is no shard.
  [[nodiscard]] bool AllConnected() const;

  /// Stops observing: after it has returned, the registry is not used any more.
  void Close();

 private:
  struct Shard {
    std::string label;
    bool connected = false;
    bool had_session = false;
    std::optional<double> latency;  ///< Nothing before the first heartbeat was answered.
    std::unordered_set<std::uint64_t> guilds;
    std::map<std::string, metrics::Counter, std::less<>> events;
  };

  Shard& Find(std::uint32_t shard);  // with mutex_ held

  const metrics::CounterFamily<2> events_;
  const metrics::CounterFamily<2> reconnects_;
  mutable std::mutex mutex_;
  std::map<std::uint32_t, Shard> shards_;  // guarded by mutex_
  std::vector<metrics::Subscription> subscriptions_;
};

}  // namespace guildscope::dpp
