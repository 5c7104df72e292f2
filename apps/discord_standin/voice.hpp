#pragma once

#include <string>

#include "apps/discord_standin/faults.hpp"
#include "apps/discord_standin/world.hpp"

namespace standin {

enum class VoiceOutcome { kNothing, kJoined, kUpdated, kLeft, kRefused };

/// What a voice state update (op 4) asks for.
struct VoiceRequest {
  Snowflake guild_id = 0;
  Snowflake channel_id = 0;  ///< 0: leave.
  bool self_mute = false;
  bool self_deaf = false;
};

/// Whether the member may be in the channel now: it exists, is a voice channel, may be seen and joined, and has room.
[[nodiscard]] bool MayConnect(const Guild& guild, Snowflake user_id, Snowflake channel_id);

/// Does what the bot asks for in op 4. A refusal changes nothing and is, as at Discord, not answered.
VoiceOutcome ApplyVoiceRequest(World& world, Faults& faults, const std::string& session_id,
                               const VoiceRequest& request);

}  // namespace standin
