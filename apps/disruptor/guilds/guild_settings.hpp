#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "apps/disruptor/snowflake.hpp"
#include "apps/disruptor/voice/channel_choice.hpp"

namespace disruptor {

class GuildStore;

/// What one guild has chosen; what it has not chosen is absent, so that a new default reaches it.
struct GuildChoices {
  std::optional<std::chrono::seconds> interval;
  std::optional<int> chance_percent;
  ChannelWeights weights;
};

/// What counts for one guild: its choices, and the defaults where there are none.
struct GuildSettings {
  std::chrono::seconds interval{0};
  int chance_percent = 0;
  ChannelWeights weights;
};

struct GuildDefaults {
  std::chrono::seconds interval{1'800};
  int chance_percent = 50;
};

/// Every guild's settings, read once from the database and kept in memory; a change is written to the database first,
/// so that what was confirmed survives a crash.
///
/// Only one process may run a guild, for others would not see its changes; shards see to that.
///
/// Threads: any. Lifetime: the store must outlive it.
class GuildSettingsBook {
 public:
  /// Reads everything. Throws DatabaseError.
  GuildSettingsBook(GuildStore& store, GuildDefaults defaults);

  [[nodiscard]] GuildSettings Get(Snowflake guild) const;

  /// Each throws DatabaseError when the change could not be kept; nothing has changed then.
  void SetInterval(Snowflake guild, std::chrono::seconds interval);
  void SetChance(Snowflake guild, int percent);
  void SetWeight(Snowflake guild, Snowflake channel, std::uint32_t weight);

 private:
  GuildStore& store_;
  const GuildDefaults defaults_;
  mutable std::mutex mutex_;
  std::unordered_map<Snowflake, GuildChoices> guilds_;  // guarded by mutex_
};

}  // namespace disruptor
