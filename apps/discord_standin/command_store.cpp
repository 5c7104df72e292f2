#include "apps/discord_standin/command_store.hpp"

#include <algorithm>
#include <set>

namespace standin {
namespace {

constexpr int kChatInput = 1;
constexpr std::size_t kLongestName = 32;
constexpr std::size_t kLongestDescription = 100;

int TypeOf(const Json& command) {
  const auto type = command.find("type");
  return type == command.end() || !type->is_number_integer() ? kChatInput : type->get<int>();
}

Json FieldError(const char* code, const std::string& message) {
  return {{"_errors", Json::array({Json{{"code", code}, {"message", message}}})}};
}

bool IsChatName(const std::string& name) {
  return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '\'';
  });
}

}  // namespace

Json CommandStore::Check(const Json& command) {
  Json errors = Json::object();
  const auto text = [&](const char* key) {
    const auto field = command.find(key);
    return field != command.end() && field->is_string() ? field->get<std::string>() : std::string();
  };
  if (!command.is_object()) return FieldError("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
  if (text("name").empty()) {
    errors["name"] = FieldError("BASE_TYPE_REQUIRED", "This field is required");
  } else if (TypeOf(command) == kChatInput && !IsChatName(text("name"))) {
    errors["name"] = FieldError("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
  }
  const std::string description = text("description");
  if (TypeOf(command) == kChatInput && description.empty()) {
    errors["description"] = FieldError("BASE_TYPE_REQUIRED", "This field is required");
  } else if (description.size() > kLongestDescription) {
    errors["description"] = FieldError("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.");
  }
  return errors.empty() ? Json(nullptr) : errors;
}

const Json& CommandStore::Put(Snowflake scope, Snowflake application_id, Snowflake new_id, const Json& command,
                              bool& created) {
  auto& commands = scopes_[scope];
  auto existing = std::find_if(commands.begin(), commands.end(), [&](const auto& entry) {
    return entry.second["name"] == command["name"] && TypeOf(entry.second) == TypeOf(command);
  });
  created = existing == commands.end();
  const Snowflake id = created ? new_id : existing->first;

  Json stored{{"default_member_permissions", nullptr},
              {"nsfw", false},
              {"description", ""},
              {"options", Json::array()},
              {"type", kChatInput},
              {"name_localizations", nullptr},
              {"description_localizations", nullptr},
              {"contexts", nullptr},
              {"integration_types", {0}}};
  stored.update(command);
  stored["id"] = Text(id);
  stored["application_id"] = Text(application_id);
  stored["version"] = Text(new_id);
  if (scope != 0) stored["guild_id"] = Text(scope);
  return commands[id] = std::move(stored);
}

bool CommandStore::Remove(Snowflake scope, Snowflake id) {
  const auto found = scopes_.find(scope);
  return found != scopes_.end() && found->second.erase(id) > 0;
}

Json* CommandStore::Find(Snowflake scope, Snowflake id) {
  const auto commands = scopes_.find(scope);
  if (commands == scopes_.end()) return nullptr;
  const auto found = commands->second.find(id);
  return found == commands->second.end() ? nullptr : &found->second;
}

std::vector<const Json*> CommandStore::List(Snowflake scope) const {
  std::vector<const Json*> list;
  const auto commands = scopes_.find(scope);
  if (commands == scopes_.end()) return list;
  for (const auto& [id, command] : commands->second) list.push_back(&command);
  return list;
}

const Json* CommandStore::FindChatCommand(Snowflake guild_id, const std::string& name) const {
  for (const Snowflake scope : {guild_id, Snowflake{0}}) {
    for (const Json* command : List(scope)) {
      if ((*command)["name"] == name && TypeOf(*command) == kChatInput) return command;
    }
  }
  return nullptr;
}

std::vector<std::string> CommandStore::ChatCommandNames(Snowflake guild_id) const {
  std::set<std::string> names;
  for (const Snowflake scope : {guild_id, Snowflake{0}}) {
    for (const Json* command : List(scope)) {
      if (TypeOf(*command) == kChatInput) names.insert((*command)["name"].get<std::string>());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace standin
