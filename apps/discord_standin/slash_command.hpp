#pragma once

#include <string>

#include "apps/discord_standin/discord.hpp"

namespace standin {

/// Somebody uses a slash command.
struct CommandUse {
  Snowflake guild_id = 0;
  std::string command;
  Json options;              ///< An object of name to value, or Discord's own array; null: none.
  Snowflake channel_id = 0;  ///< 0: the guild's first text channel.
  Snowflake user_id = 0;     ///< 0: somebody who is in voice, if anybody is.
};

/// Reads a POST /interactions body; throws BadRequest.
[[nodiscard]] CommandUse ParseCommandUse(const Json& request);

/// Sends INTERACTION_CREATE to the guild's shard and remembers the interaction; returns its id. Throws BadRequest when
/// guild, command, option, channel or user do not exist, or no session would get it.
Snowflake UseCommand(Discord& discord, const CommandUse& use);

/// The options as Discord's array, with types from the command's registration; throws BadRequest. `resolved` is filled
/// with the users, members, channels and roles that the options speak of.
[[nodiscard]] Json ResolveOptions(const Discord& discord, const Guild& guild, const Json& definitions,
                                  const Json& options, Json& resolved);

}  // namespace standin
