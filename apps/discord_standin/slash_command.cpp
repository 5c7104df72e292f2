#include "apps/discord_standin/slash_command.hpp"

#include <algorithm>

#include "apps/discord_standin/world_json.hpp"

namespace standin {
namespace {

enum OptionType {
  kSubCommand = 1,
  kSubGroup,
  kString,
  kInteger,
  kBoolean,
  kUser,
  kChannel,
  kRole,
  kMentionable,
  kNumber
};

constexpr int kApplicationCommand = 2;
constexpr int kAttachmentLimit = 10 * 1024 * 1024;

std::string Join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text.empty() ? "none" : text;
}

std::vector<std::string> NamesOf(const Json& definitions) {
  std::vector<std::string> names;
  for (const Json& definition : definitions) names.push_back(definition.value("name", ""));
  return names;
}

const Json& FindDefinition(const Json& definitions, const std::string& name) {
  for (const Json& definition : definitions) {
    if (definition.value("name", "") == name) return definition;
  }
  throw BadRequest("there is no option '" + name + "'; the command has: " + Join(NamesOf(definitions)));
}

/// An object of name to value and Discord's array become the same list of name and value.
std::vector<std::pair<std::string, Json>> ListOptions(const Json& options) {
  std::vector<std::pair<std::string, Json>> list;
  if (options.is_null()) return list;
  if (options.is_object()) {
    for (const auto& [name, value] : options.items()) list.emplace_back(name, value);
    return list;
  }
  if (!options.is_array()) throw BadRequest("options is " + options.dump() + "; accepted: an object or an array");
  for (const Json& option : options) {
    if (!option.is_object() || !option.contains("name")) throw BadRequest("an option has no name: " + option.dump());
    list.emplace_back(option["name"].get<std::string>(),
                      option.contains("options") ? option["options"] : option.value("value", Json(nullptr)));
  }
  return list;
}

void AddUser(const Discord& discord, const Guild& guild, Snowflake id, Json& resolved) {
  const auto member = guild.members.find(id);
  const User* user = discord.world.FindUser(id);
  if (user == nullptr || member == guild.members.end()) throw BadRequest("guild has no member " + Text(id));
  resolved["users"][Text(id)] = UserJson(*user);
  Json member_json = MemberJson(discord.world, member->second);
  member_json.erase("user");
  member_json["permissions"] = Text(guild.PermissionsOf(id, nullptr));
  resolved["members"][Text(id)] = std::move(member_json);
}

void AddChannel(const Discord& discord, const Guild& guild, Snowflake id, Json& resolved) {
  const Channel* channel = guild.FindChannel(id);
  if (channel == nullptr) throw BadRequest("guild has no channel " + Text(id));
  resolved["channels"][Text(id)] = {{"id", Text(id)},
                                    {"name", channel->name},
                                    {"type", static_cast<int>(channel->type)},
                                    {"permissions", Text(guild.PermissionsOf(discord.world.bot().id, channel))}};
}

void AddRole(const Guild& guild, Snowflake id, Json& resolved) {
  const auto role = std::find_if(guild.roles.begin(), guild.roles.end(), [&](const Role& r) { return r.id == id; });
  if (role == guild.roles.end()) throw BadRequest("guild has no role " + Text(id));
  resolved["roles"][Text(id)] = RoleJson(*role);
}

/// The value as Discord sends it for the option's type.
Json TypedValue(const Discord& discord, const Guild& guild, int type, const std::string& name, const Json& value,
                Json& resolved) {
  const auto refuse = [&](const char* accepted) {
    throw BadRequest("option '" + name + "' is " + value.dump() + "; accepted: " + accepted);
  };
  if (type == kString && !value.is_string()) refuse("a string");
  if (type == kInteger && !value.is_number_integer()) refuse("an integer");
  if (type == kBoolean && !value.is_boolean()) refuse("true or false");
  if (type == kNumber && !value.is_number()) refuse("a number");
  if (type == kNumber) return value.get<double>();
  if (type == kString || type == kInteger || type == kBoolean) return value;
  const Snowflake id = SnowflakeOf(value);
  if (id == 0) refuse("an id");
  if (type == kUser || (type == kMentionable && guild.members.contains(id))) AddUser(discord, guild, id, resolved);
  if (type == kRole || (type == kMentionable && !guild.members.contains(id))) AddRole(guild, id, resolved);
  if (type == kChannel) AddChannel(discord, guild, id, resolved);
  return Text(id);
}

const Channel& ChooseChannel(const Guild& guild, Snowflake wanted) {
  if (wanted == 0) {
    const auto text = guild.ChannelsOf(ChannelType::kText);
    return *guild.FindChannel(text.front());
  }
  const Channel* channel = guild.FindChannel(wanted);
  if (channel == nullptr) throw BadRequest("guild " + Text(guild.id) + " has no channel " + Text(wanted));
  return *channel;
}

Snowflake ChooseUser(const World& world, const Guild& guild, Snowflake wanted) {
  if (wanted != 0) {
    if (!guild.members.contains(wanted)) throw BadRequest("guild " + Text(guild.id) + " has no member " + Text(wanted));
    return wanted;
  }
  for (const auto& [user, state] : guild.voice_states) {
    if (user != world.bot().id) return user;
  }
  return guild.owner_id;
}

Json InteractionJson(const Discord& discord, const Guild& guild, const Interaction& interaction, Json data) {
  const Channel& channel = *guild.FindChannel(interaction.channel_id);
  Json member = MemberJson(discord.world, guild.members.at(interaction.user_id));
  member["permissions"] = Text(guild.PermissionsOf(interaction.user_id, &channel));
  return {{"id", Text(interaction.id)},
          {"application_id", Text(discord.world.bot().id)},
          {"type", kApplicationCommand},
          {"data", std::move(data)},
          {"guild", {{"id", Text(guild.id)}, {"locale", "en-US"}, {"features", Json::array()}}},
          {"guild_id", Text(guild.id)},
          {"channel", ChannelJson(channel, true)},
          {"channel_id", Text(channel.id)},
          {"member", std::move(member)},
          {"token", interaction.token},
          {"version", 1},
          {"app_permissions", Text(guild.PermissionsOf(discord.world.bot().id, &channel))},
          {"locale", "en-US"},
          {"guild_locale", "en-US"},
          {"entitlements", Json::array()},
          {"authorizing_integration_owners", {{"0", Text(guild.id)}}},
          {"context", 0},
          {"attachment_size_limit", kAttachmentLimit}};
}

}  // namespace

CommandUse ParseCommandUse(const Json& request) {
  if (!request.is_object())
    throw BadRequest("accepted: a JSON object with guild_id, command, options, channel_id, user_id");
  for (const auto& [key, value] : request.items()) {
    if (key != "guild_id" && key != "command" && key != "options" && key != "channel_id" && key != "user_id") {
      throw BadRequest("'" + key + "' is unknown; accepted: guild_id, command, options, channel_id, user_id");
    }
  }
  CommandUse use;
  use.guild_id = SnowflakeField(request, "guild_id");
  if (use.guild_id == 0) throw BadRequest("guild_id is missing or not an id; GET /guilds lists them");
  const auto command = request.find("command");
  if (command == request.end() || !command->is_string())
    throw BadRequest("command is missing; accepted: a command's name");
  use.command = command->get<std::string>();
  use.options = request.value("options", Json(nullptr));
  use.channel_id = SnowflakeField(request, "channel_id");
  use.user_id = SnowflakeField(request, "user_id");
  return use;
}

Json ResolveOptions(const Discord& discord, const Guild& guild, const Json& definitions, const Json& options,
                    Json& resolved) {
  Json list = Json::array();
  const auto given = ListOptions(options);
  for (const auto& [name, value] : given) {
    const Json& definition = FindDefinition(definitions, name);
    const int type = definition.value("type", static_cast<int>(kString));
    Json option{{"name", name}, {"type", type}};
    if (type == kSubCommand || type == kSubGroup) {
      const Json inner = definition.value("options", Json::array());
      option["options"] = ResolveOptions(discord, guild, inner, value, resolved);
    } else {
      option["value"] = TypedValue(discord, guild, type, name, value, resolved);
    }
    list.push_back(std::move(option));
  }
  for (const Json& definition : definitions) {
    const std::string name = definition.value("name", "");
    const bool is_given = std::any_of(given.begin(), given.end(), [&](const auto& one) { return one.first == name; });
    if (definition.value("required", false) && !is_given) throw BadRequest("option '" + name + "' is required");
  }
  return list;
}

Snowflake UseCommand(Discord& discord, const CommandUse& use) {
  const Guild* guild = discord.world.FindGuild(use.guild_id);
  if (guild == nullptr) throw BadRequest("there is no guild " + Text(use.guild_id) + "; GET /guilds lists them");
  if (!guild->available) throw BadRequest("guild " + Text(guild->id) + " has vanished");
  const Json* command = discord.commands.FindChatCommand(guild->id, use.command);
  if (command == nullptr) {
    throw BadRequest("the bot has not registered a command '" + use.command +
                     "'; it has: " + Join(discord.commands.ChatCommandNames(guild->id)));
  }
  if (!discord.gateway.HasSessionFor(guild->id)) throw BadRequest("no session of the guild's shard is connected");

  Interaction interaction;
  interaction.id = discord.world.NextId();
  interaction.command = use.command;
  interaction.guild_id = guild->id;
  interaction.channel_id = ChooseChannel(*guild, use.channel_id).id;
  interaction.user_id = ChooseUser(discord.world, *guild, use.user_id);
  Json resolved = Json::object();
  Json data{{"id", (*command)["id"]}, {"name", use.command}, {"type", 1}};
  const Json definitions = command->value("options", Json::array());
  Json options = ResolveOptions(discord, *guild, definitions, use.options, resolved);
  if (!options.empty()) data["options"] = std::move(options);
  if (!resolved.empty()) data["resolved"] = std::move(resolved);
  if (command->contains("guild_id")) data["guild_id"] = (*command)["guild_id"];

  interaction.token = "aW50ZXJhY3Rpb246" + discord.world.random().Letters(96);
  const Interaction& stored = discord.interactions.Add(std::move(interaction));
  discord.ledger.CommandSent(use.command);
  const Json event = InteractionJson(discord, *guild, stored, std::move(data));
  discord.gateway.DispatchToGuild(guild->id, "INTERACTION_CREATE", event, intent::kNone);
  return stored.id;
}

}  // namespace standin
