#include "apps/discord_standin/voice.hpp"

namespace standin {

bool MayConnect(const Guild& guild, Snowflake user_id, Snowflake channel_id) {
  const Channel* channel = guild.FindChannel(channel_id);
  if (channel == nullptr || channel->type != ChannelType::kVoice) return false;
  const std::uint64_t permissions = guild.PermissionsOf(user_id, channel);
  constexpr std::uint64_t kNeeded = permission::kViewChannel | permission::kConnect;
  if ((permissions & kNeeded) != kNeeded) return false;
  const bool full = channel->user_limit != 0 && guild.PeopleIn(channel_id) >= channel->user_limit;
  return !full || (permissions & permission::kMoveMembers) != 0;
}

VoiceOutcome ApplyVoiceRequest(World& world, Faults& faults, const std::string& session_id,
                               const VoiceRequest& request) {
  Guild* guild = world.FindGuild(request.guild_id);
  const Snowflake bot = world.bot().id;
  if (request.channel_id == 0) {
    return guild != nullptr && guild->voice_states.erase(bot) > 0 ? VoiceOutcome::kLeft : VoiceOutcome::kNothing;
  }
  if (guild == nullptr || !guild->available) return VoiceOutcome::kRefused;
  const auto current = guild->voice_states.find(bot);
  const bool stays = current != guild->voice_states.end() && current->second.channel_id == request.channel_id;
  if (!stays && (!MayConnect(*guild, bot, request.channel_id) || faults.TakeVoiceDeny(guild->id))) {
    return VoiceOutcome::kRefused;
  }
  guild->voice_states[bot] = {bot, request.channel_id, session_id, request.self_mute, request.self_deaf};
  return stays ? VoiceOutcome::kUpdated : VoiceOutcome::kJoined;
}

}  // namespace standin
