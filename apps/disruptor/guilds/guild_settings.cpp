#include "apps/disruptor/guilds/guild_settings.hpp"

#include "apps/disruptor/guilds/guild_store.hpp"

namespace disruptor {

GuildSettingsBook::GuildSettingsBook(GuildStore& store, GuildDefaults defaults)
    : store_(store), defaults_(defaults), guilds_(store.ReadAll()) {}

GuildSettings GuildSettingsBook::Get(Snowflake guild) const {
  const std::lock_guard lock(mutex_);
  const auto found = guilds_.find(guild);
  if (found == guilds_.end()) return {defaults_.interval, defaults_.chance_percent, {}};
  const GuildChoices& choices = found->second;
  return {choices.interval.value_or(defaults_.interval), choices.chance_percent.value_or(defaults_.chance_percent),
          choices.weights};
}

void GuildSettingsBook::SetInterval(Snowflake guild, std::chrono::seconds interval) {
  store_.WriteInterval(guild, interval);
  const std::lock_guard lock(mutex_);
  guilds_[guild].interval = interval;
}

void GuildSettingsBook::SetChance(Snowflake guild, int percent) {
  store_.WriteChance(guild, percent);
  const std::lock_guard lock(mutex_);
  guilds_[guild].chance_percent = percent;
}

void GuildSettingsBook::SetWeight(Snowflake guild, Snowflake channel, std::uint32_t weight) {
  store_.WriteWeight(guild, channel, weight);
  const std::lock_guard lock(mutex_);
  guilds_[guild].weights[channel] = weight;
}

}  // namespace disruptor
