#pragma once

#include <string>

#include "apps/discord_standin/world.hpp"

/// The world's things as the JSON objects of Discord's API documentation, version 10.
namespace standin {

[[nodiscard]] Json UserJson(const User& user);
/// With `bot: true` fields that only the bot itself sees (GET /users/@me, READY).
[[nodiscard]] Json SelfJson(const User& user);
[[nodiscard]] Json ApplicationJson(const World& world, bool whole);
[[nodiscard]] Json RoleJson(const Role& role);
[[nodiscard]] Json ChannelJson(const Channel& channel, bool with_guild_id);
[[nodiscard]] Json MemberJson(const World& world, const Member& member);
/// As in VOICE_STATE_UPDATE: with the guild's id and the member.
[[nodiscard]] Json VoiceStateJson(const World& world, const Guild& guild, const VoiceState& state);
/// The guild object of REST.
[[nodiscard]] Json GuildJson(const Guild& guild);
/// What GUILD_CREATE adds to it. Without `all_members`, only the bot and who is in voice, as without the members
/// intent.
[[nodiscard]] Json GuildCreateJson(const World& world, const Guild& guild, bool all_members);
/// ISO 8601 with microseconds, as Discord writes times.
[[nodiscard]] std::string Timestamp(std::int64_t unix_ms);
/// When an id was made.
[[nodiscard]] std::string TimestampOf(Snowflake id);

}  // namespace standin
