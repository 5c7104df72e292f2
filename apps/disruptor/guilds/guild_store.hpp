#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "apps/disruptor/guilds/guild_settings.hpp"
#include "apps/disruptor/snowflake.hpp"

namespace disruptor {

class Database;

/// What guilds have chosen, in the tables guild_settings and channel_weights.
///
/// Cost: one statement a call. Threads: any. Lifetime: the database must outlive it. Everything throws DatabaseError.
class GuildStore {
 public:
  explicit GuildStore(Database& database) noexcept : database_(database) {}

  [[nodiscard]] std::unordered_map<Snowflake, GuildChoices> ReadAll();
  void WriteInterval(Snowflake guild, std::chrono::seconds interval);
  void WriteChance(Snowflake guild, int percent);
  void WriteWeight(Snowflake guild, Snowflake channel, std::uint32_t weight);

 private:
  Database& database_;
};

}  // namespace disruptor
