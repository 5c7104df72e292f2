#pragma once

#include <string>
#include <string_view>

#include "guildscope/instrumentation/database/sql_names.hpp"

namespace guildscope::database {

struct Target {
  std::string_view operation = "OTHER";
  std::string table;
};

/// Enough for every statement that somebody wrote.
inline constexpr int kParenthesisBudget = 100;

/// The operation and the table of one statement (no comments, no semicolon); see ParseStatement. `budget` bounds the
/// steps into parentheses.
[[nodiscard]] Target FindTarget(Tokens statement, int& budget);

}  // namespace guildscope::database
