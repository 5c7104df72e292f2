#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "guildscope/config/schema.hpp"

namespace guildscope::config {

/// One row of the table.
struct Schema::Field {
  std::string key;
  std::string variable;
  std::string accepted;
  std::string initial;  ///< The default as text; empty for none.
  std::string help;
  bool secret = false;
  /// One of these three: takes the value, or returns false when it is not accepted.
  std::function<bool(const std::string&)> set;
  std::function<bool(const std::map<std::string, std::string>&)> set_map;
  std::function<bool(std::vector<std::string>)> set_list;
  std::function<std::vector<std::string>()> texts;  ///< What the target holds; for the redactor.
  std::string where;                                ///< Of the value; empty: the default.

  /// What a message may say of a text that was found.
  [[nodiscard]] std::string Shown(const std::string& text) const { return secret ? "***" : "'" + text + "'"; }
};

}  // namespace guildscope::config
