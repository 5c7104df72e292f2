#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace guildscope::flight {

/// A recording's, and of one that is not whole yet.
inline constexpr std::string_view kExtension = ".gsflight";
inline constexpr const char* kUnfinished = ".unfinished";
/// The last one that was exported, for people.
inline constexpr const char* kLastExported = "last-exported.gsflight";

[[nodiscard]] inline std::string FileName(pid_t pid, std::uint64_t unix_nano) {
  return std::to_string(pid) + "-" + std::to_string(unix_nano) + std::string(kExtension);
}

}  // namespace guildscope::flight
