#include "apps/discord_standin/world.hpp"

#include <algorithm>
#include <array>

namespace standin {
namespace {

constexpr std::int64_t kFirstGuildMs = 1'500'000'000'000;
constexpr std::int64_t kWeekMs = 7LL * 24 * 3600 * 1000;
// Ids of one guild's channels, roles and members count up from the guild's own, far below the next guild's.
constexpr Snowflake kChannelOffset = 100;
constexpr Snowflake kRoleOffset = 1'000;
constexpr Snowflake kMemberOffset = 100'000;

constexpr std::array<std::string_view, 12> kGuildWords{"Night Owls", "Pixel Forge", "Tea House",   "Sunday Raiders",
                                                       "Vinyl Club", "Green Room",  "Lost Socks",  "Static Garden",
                                                       "Deep Fried", "North Pier",  "Paper Crane", "Late Bus"};
constexpr std::array<std::string_view, 16> kPeople{"ada", "bela", "cem",  "dana", "eli",  "fumi", "gus", "hana",
                                                   "ivo", "juno", "kofi", "lena", "milo", "nia",  "oto", "pia"};
constexpr std::array<std::string_view, 6> kVoiceNames{"General", "Gaming", "Music", "Chill", "Study", "Late Night"};

std::uint64_t ApplyOverwrite(std::uint64_t permissions, const Overwrite& overwrite) {
  return (permissions & ~overwrite.deny) | overwrite.allow;
}

}  // namespace

const Channel* Guild::FindChannel(Snowflake channel_id) const {
  const auto found =
      std::find_if(channels.begin(), channels.end(), [&](const Channel& c) { return c.id == channel_id; });
  return found == channels.end() ? nullptr : &*found;
}

std::vector<Snowflake> Guild::ChannelsOf(ChannelType type) const {
  std::vector<Snowflake> ids;
  for (const Channel& channel : channels) {
    if (channel.type == type) ids.push_back(channel.id);
  }
  return ids;
}

std::size_t Guild::PeopleIn(Snowflake channel_id) const {
  return static_cast<std::size_t>(std::count_if(voice_states.begin(), voice_states.end(), [&](const auto& entry) {
    return entry.second.channel_id == channel_id;
  }));
}

std::uint64_t Guild::PermissionsOf(Snowflake user_id, const Channel* channel) const {
  constexpr std::uint64_t kEverything = ~0ULL >> 14;
  const auto member = members.find(user_id);
  if (member == members.end()) return 0;
  if (user_id == owner_id) return kEverything;
  const auto& own = member->second.roles;
  const auto has = [&](Snowflake role) { return role == id || std::find(own.begin(), own.end(), role) != own.end(); };
  std::uint64_t result = 0;
  for (const Role& role : roles) {
    if (has(role.id)) result |= role.permissions;
  }
  if ((result & permission::kAdministrator) != 0) return kEverything;
  if (channel == nullptr) return result;

  Overwrite of_roles;
  Overwrite of_member;
  for (const Overwrite& overwrite : channel->overwrites) {
    if (overwrite.type == 0 && overwrite.id == id) {
      result = ApplyOverwrite(result, overwrite);
    } else if (overwrite.type == 0 && has(overwrite.id)) {
      of_roles.allow |= overwrite.allow;
      of_roles.deny |= overwrite.deny;
    } else if (overwrite.type == 1 && overwrite.id == user_id) {
      of_member = overwrite;
    }
  }
  return ApplyOverwrite(ApplyOverwrite(result, of_roles), of_member);
}

World::World(const Config& config, const guildscope::Clock& clock) : clock_(clock), random_(config.seed) {
  bot_ = {SnowflakeAt(kFirstGuildMs) + 7, "disruptor", "", true};
  owner_ = {SnowflakeAt(kFirstGuildMs) + 8, "owner", "Owner", false};
  users_.emplace(bot_.id, bot_);
  users_.emplace(owner_.id, owner_);
  for (std::size_t i = 0; i < config.guilds; ++i) AddGuild(config, i);
}

void World::AddGuild(const Config& config, std::size_t index) {
  Guild guild;
  // Within a week of its own per guild: ids are unique, and shards get an uneven share, as Discord's do.
  guild.id = SnowflakeAt(kFirstGuildMs + static_cast<std::int64_t>(index + 1) * kWeekMs +
                         static_cast<std::int64_t>(random_.Below(kWeekMs / 2)));
  guild.name = std::string(kGuildWords[index % kGuildWords.size()]);
  if (index >= kGuildWords.size()) guild.name += " " + std::to_string(index / kGuildWords.size() + 1);
  guild.roles.push_back({guild.id, "@everyone",
                         permission::kViewChannel | permission::kSendMessages | permission::kConnect |
                             permission::kSpeak | permission::kUseCommands,
                         0});
  guild.roles.push_back({guild.id + kRoleOffset, "disruptor", permission::kViewChannel | permission::kManageGuild, 1});
  guild.roles.push_back({guild.id + kRoleOffset + 1, "staff", permission::kAdministrator, 2});
  AddChannels(guild, config, guild.id + kChannelOffset);
  AddPeople(guild, config, guild.id + kMemberOffset);
  for (const Channel& channel : guild.channels) guild_of_channel_.emplace(channel.id, guild.id);
  guilds_.emplace(guild.id, std::move(guild));
}

void World::AddChannels(Guild& guild, const Config& config, Snowflake first_id) {
  const auto add = [&](ChannelType type, std::string name, Snowflake parent) -> Channel& {
    const auto position = static_cast<int>(guild.channels.size());
    return guild.channels.emplace_back(
        Channel{first_id + guild.channels.size(), guild.id, parent, type, std::move(name), position, 0, {}});
  };
  const Snowflake text = add(ChannelType::kCategory, "Text", 0).id;
  const Snowflake voice = add(ChannelType::kCategory, "Voice", 0).id;
  add(ChannelType::kText, "general", text);
  add(ChannelType::kText, "bots", text);
  for (std::size_t i = 0; i < config.voice_channels; ++i) {
    std::string name(kVoiceNames[i % kVoiceNames.size()]);
    if (i >= kVoiceNames.size()) name += " " + std::to_string(i / kVoiceNames.size() + 1);
    add(ChannelType::kVoice, std::move(name), voice);
  }
  // One that the bot may see but not join: a bot that does not check permissions is found out.
  Channel& staff = add(ChannelType::kVoice, "Staff", voice);
  staff.overwrites.push_back({guild.id, 0, 0, permission::kConnect});
}

void World::AddPeople(Guild& guild, const Config& config, Snowflake first_id) {
  guild.members.emplace(bot_.id, Member{bot_.id, "", {guild.id + kRoleOffset}});
  std::vector<Snowflake> people;
  for (std::size_t i = 0; i < config.members_per_guild; ++i) {
    User user{first_id + i, std::string(kPeople[i % kPeople.size()]), "", false};
    user.global_name = user.name;
    user.global_name.front() = static_cast<char>(user.global_name.front() - 'a' + 'A');
    user.name += std::to_string(user.id % 10'000) + "_" + std::to_string(guilds_.size());
    people.push_back(user.id);
    guild.members.emplace(user.id, Member{user.id, "", {}});
    users_.emplace(user.id, std::move(user));
  }
  guild.owner_id = people.empty() ? owner_.id : people.front();
  if (people.empty()) guild.members.emplace(owner_.id, Member{owner_.id, "", {}});
  std::vector<Snowflake> voice = guild.ChannelsOf(ChannelType::kVoice);
  voice.pop_back();  // Nobody starts in the staff's channel.
  if (voice.empty()) return;
  for (std::size_t i = 0; i < std::min(config.voice_people, people.size()); ++i) {
    const Snowflake user = people[people.size() - 1 - i];
    guild.voice_states.emplace(user, VoiceState{user, random_.Pick(voice), random_.Hex(32), false, false});
  }
}

Guild* World::FindGuild(Snowflake id) {
  const auto found = guilds_.find(id);
  return found == guilds_.end() || !found->second.joined ? nullptr : &found->second;
}

const Channel* World::FindChannel(Snowflake id) {
  const auto found = guild_of_channel_.find(id);
  const Guild* guild = found == guild_of_channel_.end() ? nullptr : FindGuild(found->second);
  return guild == nullptr ? nullptr : guild->FindChannel(id);
}

const User* World::FindUser(Snowflake id) const {
  const auto found = users_.find(id);
  return found == users_.end() ? nullptr : &found->second;
}

Snowflake World::NextId() {
  using std::chrono::milliseconds;
  const auto now = std::chrono::duration_cast<milliseconds>(clock_.Now().time_since_epoch()).count();
  last_id_ = std::max(last_id_ + 1, SnowflakeAt(now));
  return last_id_;
}

}  // namespace standin
