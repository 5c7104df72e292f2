#include "apps/disruptor/guilds/guild_store.hpp"

#include "apps/disruptor/database/database.hpp"

namespace disruptor {
std::unordered_map<Snowflake, GuildChoices> GuildStore::ReadAll() {
  std::unordered_map<Snowflake, GuildChoices> guilds;
  for (const auto row : database_.Query("SELECT guild_id, interval_seconds, chance_percent FROM guild_settings")) {
    GuildChoices& choices = guilds[row.Get<Snowflake>(0)];
    if (const auto interval = row.Get<std::optional<std::int64_t>>(1))
      choices.interval = std::chrono::seconds(*interval);
    choices.chance_percent = row.Get<std::optional<int>>(2);
  }
  for (const auto row : database_.Query("SELECT guild_id, channel_id, weight FROM channel_weights")) {
    guilds[row.Get<Snowflake>(0)].weights[row.Get<Snowflake>(1)] = row.Get<std::uint32_t>(2);
  }
  return guilds;
}

void GuildStore::WriteInterval(Snowflake guild, std::chrono::seconds interval) {
  database_.Query(
      "INSERT INTO guild_settings (guild_id, interval_seconds) VALUES ($1, $2) "
      "ON CONFLICT (guild_id) DO UPDATE SET interval_seconds = excluded.interval_seconds",
      guild, interval.count());
}

void GuildStore::WriteChance(Snowflake guild, int percent) {
  database_.Query(
      "INSERT INTO guild_settings (guild_id, chance_percent) VALUES ($1, $2) "
      "ON CONFLICT (guild_id) DO UPDATE SET chance_percent = excluded.chance_percent",
      guild, percent);
}

void GuildStore::WriteWeight(Snowflake guild, Snowflake channel, std::uint32_t weight) {
  database_.Query(
      "INSERT INTO channel_weights (guild_id, channel_id, weight) VALUES ($1, $2, $3) "
      "ON CONFLICT (guild_id, channel_id) DO UPDATE SET weight = excluded.weight",
      guild, channel, weight);
}

}  // namespace disruptor
