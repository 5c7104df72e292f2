#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "apps/disruptor/database/migration.hpp"
#include "apps/disruptor/guilds/guild_settings.hpp"
#include "apps/disruptor/snowflake.hpp"

namespace disruptor {

class Database;

/// The steps of the bot's schema, for Database::Migrate.
[[nodiscard]] std::span<const Migration> SchemaMigrations() noexcept;

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
