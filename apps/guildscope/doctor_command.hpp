#pragma once

#include <CLI/CLI.hpp>

namespace guildscope {

/// `guildscope doctor --config FILE`: looks at what a bot with these settings has left on the machine. Its action sets
/// the exit status: 0, 1 when something cannot be read, 2 when the settings cannot.
void AddDoctorCommand(CLI::App& app, int& exit_status);

}  // namespace guildscope
