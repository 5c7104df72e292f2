#pragma once

#include <string>

namespace guildscope::exporting {

/// The whole of a file. Throws std::runtime_error with the path and the reason.
[[nodiscard]] std::string ReadFile(const std::string& path);

}  // namespace guildscope::exporting
