#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "guildscope/config/environment.hpp"

namespace guildscope {

/// `guildscope check-config FILE`: reads settings as the bot would, and prints every problem on a line of its own.
/// Its action sets the exit status: 0 when there is none, else 2.
void AddCheckConfigCommand(CLI::App& app, int& exit_status);

struct SettingsCheck {
  std::vector<std::string> problems;  ///< `file:line: key: found X; accepted Y`
  std::vector<std::string> warnings;  ///< Standard variables that would be ignored; only when there are no problems.
};
[[nodiscard]] SettingsCheck CheckSettings(const std::string& file, const config::Environment& environment);

}  // namespace guildscope
