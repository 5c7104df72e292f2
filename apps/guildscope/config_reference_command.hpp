#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace guildscope {

/// `guildscope config-reference`: every setting, as docs/configuration.md.
void AddConfigReferenceCommand(CLI::App& app);

[[nodiscard]] std::string ConfigReference();

}  // namespace guildscope
