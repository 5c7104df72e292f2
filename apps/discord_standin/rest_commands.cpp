// Application commands, global and of a guild.
#include <algorithm>
#include <array>
#include <optional>

#include "apps/discord_standin/rest.hpp"

namespace standin {
namespace {

/// What a command route speaks of: the global commands (scope 0) or a guild's.
struct Target {
  Snowflake scope = 0;
  Snowflake command = 0;
};

/// Reads the ids out of either form of the route; an error when the application or the guild is not known.
std::optional<RestAnswer> ReadTarget(Discord& discord, const RestCall& call, Target& target) {
  if (call.Id(0) != discord.world.bot().id) return RestError(404, 10002, "Unknown Application");
  const bool in_guild = call.route.find("/guilds/") != std::string_view::npos;
  if (in_guild) {
    target.scope = call.Id(1);
    if (discord.world.FindGuild(target.scope) == nullptr) return RestError(403, 50001, "Missing Access");
  }
  const std::size_t command_at = in_guild ? 2 : 1;
  if (call.parameters.size() > command_at) target.command = call.Id(command_at);
  return std::nullopt;
}

RestAnswer UnknownCommand() { return RestError(404, 10063, "Unknown application command"); }

RestAnswer ListCommands(Discord& discord, const RestCall& call) {
  Target target;
  if (auto error = ReadTarget(discord, call, target)) return *error;
  Json list = Json::array();
  for (const Json* command : discord.commands.List(target.scope)) list.push_back(*command);
  return {200, std::move(list), {}};
}

RestAnswer GetCommand(Discord& discord, const RestCall& call) {
  Target target;
  if (auto error = ReadTarget(discord, call, target)) return *error;
  const Json* command = discord.commands.Find(target.scope, target.command);
  return command == nullptr ? UnknownCommand() : RestAnswer{200, *command, {}};
}

RestAnswer CreateCommand(Discord& discord, const RestCall& call) {
  Target target;
  if (auto error = ReadTarget(discord, call, target)) return *error;
  if (Json errors = CommandStore::Check(call.body); !errors.is_null()) return InvalidForm(std::move(errors));
  bool created = false;
  const Json& stored =
      discord.commands.Put(target.scope, discord.world.bot().id, discord.world.NextId(), call.body, created);
  return {created ? 201U : 200U, stored, {}};
}

RestAnswer ReplaceCommands(Discord& discord, const RestCall& call) {
  Target target;
  if (auto error = ReadTarget(discord, call, target)) return *error;
  // D++ writes {} where it means no command at all.
  const Json wanted = call.body.is_array() ? call.body : Json::array();
  if (!call.body.is_array() && !call.body.empty()) {
    return InvalidField("commands", "BASE_TYPE_BAD_TYPE", "A list is required");
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (Json errors = CommandStore::Check(wanted[i]); !errors.is_null()) {
      return InvalidForm({{std::to_string(i), std::move(errors)}});
    }
  }
  Json list = Json::array();
  std::vector<Snowflake> kept;
  for (const Json& command : wanted) {
    bool created = false;
    list.push_back(
        discord.commands.Put(target.scope, discord.world.bot().id, discord.world.NextId(), command, created));
    kept.push_back(SnowflakeField(list.back(), "id"));
  }
  std::vector<Snowflake> gone;
  for (const Json* command : discord.commands.List(target.scope)) {
    const Snowflake id = SnowflakeField(*command, "id");
    if (std::find(kept.begin(), kept.end(), id) == kept.end()) gone.push_back(id);
  }
  for (const Snowflake id : gone) discord.commands.Remove(target.scope, id);
  return {200, std::move(list), {}};
}

RestAnswer EditCommand(Discord& discord, const RestCall& call) {
  Target target;
  if (auto error = ReadTarget(discord, call, target)) return *error;
  Json* command = discord.commands.Find(target.scope, target.command);
  if (command == nullptr) return UnknownCommand();
  Json edited = *command;
  edited.update(call.body);
  if (Json errors = CommandStore::Check(edited); !errors.is_null()) return InvalidForm(std::move(errors));
  edited["id"] = Text(target.command);
  edited["version"] = Text(discord.world.NextId());
  *command = std::move(edited);
  return {200, *command, {}};
}

RestAnswer DeleteCommand(Discord& discord, const RestCall& call) {
  Target target;
  if (auto error = ReadTarget(discord, call, target)) return *error;
  return discord.commands.Remove(target.scope, target.command) ? NoContent() : UnknownCommand();
}

constexpr std::string_view kGlobal = "/applications/{application.id}/commands";
constexpr std::string_view kGlobalOne = "/applications/{application.id}/commands/{command.id}";
constexpr std::string_view kGuild = "/applications/{application.id}/guilds/{guild.id}/commands";
constexpr std::string_view kGuildOne = "/applications/{application.id}/guilds/{guild.id}/commands/{command.id}";

constexpr auto kRoutes = std::to_array<RestRoute>({
    {"GET", kGlobal, ListCommands},
    {"POST", kGlobal, CreateCommand},
    {"PUT", kGlobal, ReplaceCommands},
    {"GET", kGlobalOne, GetCommand},
    {"PATCH", kGlobalOne, EditCommand},
    {"DELETE", kGlobalOne, DeleteCommand},
    {"GET", kGuild, ListCommands},
    {"POST", kGuild, CreateCommand},
    {"PUT", kGuild, ReplaceCommands},
    {"GET", kGuildOne, GetCommand},
    {"PATCH", kGuildOne, EditCommand},
    {"DELETE", kGuildOne, DeleteCommand},
});

}  // namespace

std::span<const RestRoute> CommandRoutes() { return kRoutes; }

}  // namespace standin
