#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace disruptor::music {

/// The variables for a program that fetches and converts media: PATH, LANG, what says which proxy and which
/// certificates to use, and `scratch` as HOME and TMPDIR. Whatever else this process has (tokens, keys, passwords) is
/// not in it.
[[nodiscard]] std::vector<std::string> ChildEnvironment(const std::filesystem::path& scratch);

/// The program's file, looked up in this process's PATH when the name has no slash; nothing when there is none that can
/// be run.
[[nodiscard]] std::optional<std::string> FindProgram(std::string_view name);

}  // namespace disruptor::music
