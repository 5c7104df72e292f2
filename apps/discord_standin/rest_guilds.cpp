// Guilds, their channels, roles, members and voice states.
#include <algorithm>
#include <array>
#include <optional>

#include "apps/discord_standin/rest.hpp"
#include "apps/discord_standin/world_json.hpp"

namespace standin {
namespace {

std::optional<RestAnswer> ReadGuild(Discord& discord, const RestCall& call, Guild*& guild) {
  guild = discord.world.FindGuild(call.Id(0));
  return guild == nullptr ? std::optional(RestError(404, 10004, "Unknown Guild")) : std::nullopt;
}

RestAnswer GetGuild(Discord& discord, const RestCall& call) {
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  Json json = GuildJson(*guild);
  if (call.Query("with_counts") == "true") {
    json["approximate_member_count"] = json["approximate_presence_count"] = guild->members.size();
  }
  return {200, std::move(json), {}};
}

RestAnswer PatchGuild(Discord& discord, const RestCall& call) {
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  if ((guild->PermissionsOf(discord.world.bot().id, nullptr) & permission::kManageGuild) == 0) {
    return RestError(403, 50013, "Missing Permissions");
  }
  const auto name = call.body.find("name");
  if (name != call.body.end()) {
    const auto length = name->is_string() ? name->get_ref<const std::string&>().size() : 0;
    if (length < 2 || length > 100) {
      return InvalidField("name", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.");
    }
    guild->name = name->get<std::string>();
  }
  Json json = GuildJson(*guild);
  discord.gateway.DispatchToGuild(guild->id, "GUILD_UPDATE", json, intent::kGuilds);
  return {200, std::move(json), {}};
}

RestAnswer ListChannels(Discord& discord, const RestCall& call) {
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  Json list = Json::array();
  for (const Channel& channel : guild->channels) list.push_back(ChannelJson(channel, true));
  return {200, std::move(list), {}};
}

RestAnswer ListRoles(Discord& discord, const RestCall& call) {
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  Json list = Json::array();
  for (const Role& role : guild->roles) list.push_back(RoleJson(role));
  return {200, std::move(list), {}};
}

RestAnswer ListMembers(Discord& discord, const RestCall& call) {
  constexpr Snowflake kMost = 1'000;
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  const Snowflake limit = std::clamp<Snowflake>(ParseSnowflake(call.Query("limit")), 1, kMost);
  const Snowflake after = ParseSnowflake(call.Query("after"));
  Json list = Json::array();
  for (auto member = guild->members.upper_bound(after); member != guild->members.end() && list.size() < limit;
       ++member) {
    list.push_back(MemberJson(discord.world, member->second));
  }
  return {200, std::move(list), {}};
}

RestAnswer SearchMembers(Discord& discord, const RestCall& call) {
  constexpr Snowflake kMost = 1'000;
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  const Snowflake limit = std::clamp<Snowflake>(ParseSnowflake(call.Query("limit")), 1, kMost);
  const std::string query = call.Query("query");
  Json list = Json::array();
  for (const auto& [id, member] : guild->members) {
    const User* user = discord.world.FindUser(id);
    if (list.size() < limit && user->name.starts_with(query)) list.push_back(MemberJson(discord.world, member));
  }
  return {200, std::move(list), {}};
}

RestAnswer GetMember(Discord& discord, const RestCall& call) {
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  const auto member = guild->members.find(call.Id(1));
  if (member == guild->members.end()) return RestError(404, 10007, "Unknown Member");
  return {200, MemberJson(discord.world, member->second), {}};
}

RestAnswer AnswerVoiceState(Discord& discord, const Guild& guild, Snowflake user_id) {
  const auto state = guild.voice_states.find(user_id);
  if (state == guild.voice_states.end()) return RestError(404, 10065, "Unknown Voice State");
  return {200, VoiceStateJson(discord.world, guild, state->second), {}};
}

RestAnswer GetOwnVoiceState(Discord& discord, const RestCall& call) {
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  return AnswerVoiceState(discord, *guild, discord.world.bot().id);
}

RestAnswer GetVoiceState(Discord& discord, const RestCall& call) {
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  return AnswerVoiceState(discord, *guild, call.Id(1));
}

/// Only stage channels have anything to change here, and the made-up guilds have none.
RestAnswer PatchOwnVoiceState(Discord& discord, const RestCall& call) {
  Guild* guild = nullptr;
  if (auto error = ReadGuild(discord, call, guild)) return *error;
  const auto state = guild->voice_states.find(discord.world.bot().id);
  if (state == guild->voice_states.end()) return RestError(404, 10065, "Unknown Voice State");
  const Snowflake channel = SnowflakeField(call.body, "channel_id");
  if (channel != 0 && channel != state->second.channel_id)
    return RestError(400, 50024, "Cannot execute action on this channel type");
  return NoContent();
}

constexpr auto kRoutes = std::to_array<RestRoute>({
    {"GET", "/guilds/{guild.id}", GetGuild},
    {"PATCH", "/guilds/{guild.id}", PatchGuild},
    {"GET", "/guilds/{guild.id}/channels", ListChannels},
    {"GET", "/guilds/{guild.id}/roles", ListRoles},
    {"GET", "/guilds/{guild.id}/members", ListMembers},
    {"GET", "/guilds/{guild.id}/members/search", SearchMembers},
    {"GET", "/guilds/{guild.id}/members/{user.id}", GetMember},
    {"GET", "/guilds/{guild.id}/voice-states/@me", GetOwnVoiceState},
    {"PATCH", "/guilds/{guild.id}/voice-states/@me", PatchOwnVoiceState},
    {"GET", "/guilds/{guild.id}/voice-states/{user.id}", GetVoiceState},
});

}  // namespace

std::span<const RestRoute> GuildRoutes() { return kRoutes; }

}  // namespace standin
