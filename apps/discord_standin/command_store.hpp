#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/discord_standin/snowflake.hpp"

namespace standin {

/// The application commands that the bot has registered: globally (scope 0) and per guild (scope: the guild's id).
///
/// Threads: one. Lifetime: nothing borrowed; returned pointers hold until the next change.
class CommandStore {
 public:
  /// What is wrong with a command as the bot sent it, as Discord's `errors` object; null when nothing is.
  [[nodiscard]] static Json Check(const Json& command);

  /// Adds, or replaces the one of that name and type. `created` says which; Discord answers 201 or 200.
  const Json& Put(Snowflake scope, Snowflake application_id, Snowflake new_id, const Json& command, bool& created);
  void Clear(Snowflake scope) { scopes_.erase(scope); }
  bool Remove(Snowflake scope, Snowflake id);
  [[nodiscard]] Json* Find(Snowflake scope, Snowflake id);
  [[nodiscard]] std::vector<const Json*> List(Snowflake scope) const;

  /// The chat command that somebody in the guild would use: the guild's own before the global one.
  [[nodiscard]] const Json* FindChatCommand(Snowflake guild_id, const std::string& name) const;
  [[nodiscard]] std::vector<std::string> ChatCommandNames(Snowflake guild_id) const;

 private:
  std::map<Snowflake, std::map<Snowflake, Json>> scopes_;
};

}  // namespace standin
