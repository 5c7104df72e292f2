#include "apps/disruptor/discord/dpp_directory.hpp"

#include <dpp/cache.h>

#include <algorithm>

namespace disruptor {
namespace {

// Its GUILD_CREATE names the user; who came later is a stranger, and taken for a person.
bool IsKnownBot(dpp::snowflake user_id) {
  const dpp::user* user = dpp::find_user(user_id);
  return user != nullptr && user->is_bot();
}

VoiceChannel Describe(const dpp::guild& guild, const dpp::channel& channel, dpp::snowflake bot) {
  VoiceChannel result{.id = channel.id, .name = channel.name};
  result.user_limit = channel.user_limit;
  for (const auto& [user, state] : guild.voice_members) {
    if (state.channel_id != channel.id || user == bot) continue;
    ++result.members;
    if (!IsKnownBot(user)) ++result.people;
  }
  const auto member = guild.members.find(bot);
  if (member != guild.members.end()) {
    const dpp::permission may = guild.permission_overwrites(member->second, channel);
    result.may_join = may.can(dpp::p_view_channel, dpp::p_connect);
    result.may_speak = may.can(dpp::p_speak);
    result.may_overfill = may.can(dpp::p_move_members);
  }
  return result;
}

}  // namespace

std::vector<VoiceChannel> ReadVoiceChannels(const dpp::guild& guild, dpp::snowflake bot) {
  std::vector<VoiceChannel> channels;
  for (const dpp::snowflake id : guild.channels) {
    const dpp::channel* channel = dpp::find_channel(id);
    if (channel != nullptr && channel->is_voice_channel()) channels.push_back(Describe(guild, *channel, bot));
  }
  return channels;
}

std::vector<VoiceChannel> DppDirectory::VoiceChannels(Snowflake guild_id) {
  return loop_.Call([this, guild_id]() -> std::vector<VoiceChannel> {
    if (FindPresence(guild_id) != GuildPresence::kPresent) return {};
    return ReadVoiceChannels(*dpp::find_guild(guild_id), bot_.me.id);
  });
}

VoicePlace DppDirectory::FindCaller(Snowflake guild_id, Snowflake user) {
  return loop_.Call([this, guild_id, user]() -> VoicePlace {
    const dpp::guild* guild = dpp::find_guild(guild_id);
    if (guild == nullptr) return {};
    const auto state = guild->voice_members.find(user);
    if (state == guild->voice_members.end()) return {};
    VoicePlace place{.caller_channel = state->second.channel_id, .channel = std::nullopt};
    for (VoiceChannel& channel : ReadVoiceChannels(*guild, bot_.me.id)) {
      if (channel.id == place.caller_channel) place.channel = std::move(channel);
    }
    return place;
  });
}

GuildPresence FindPresence(Snowflake guild_id) {
  const dpp::guild* guild = dpp::find_guild(guild_id);
  if (guild == nullptr) return GuildPresence::kGone;
  return guild->is_unavailable() ? GuildPresence::kUnavailable : GuildPresence::kPresent;
}

Snowflake FindOwnChannel(Snowflake guild_id, dpp::snowflake bot) {
  const dpp::guild* guild = dpp::find_guild(guild_id);
  if (guild == nullptr) return 0;
  const auto state = guild->voice_members.find(bot);
  return state == guild->voice_members.end() ? Snowflake{0} : Snowflake{state->second.channel_id};
}

}  // namespace disruptor
