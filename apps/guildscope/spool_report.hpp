#pragma once

#include <chrono>
#include <string>

namespace guildscope {

/// What a spool's folder holds, for people: a few lines. `sound` is false when it cannot be read, or is damaged.
struct SpoolReport {
  std::string text;
  bool sound = true;
};
[[nodiscard]] SpoolReport ReportSpool(const std::string& directory, std::size_t max_bytes,
                                      std::chrono::system_clock::time_point now);

}  // namespace guildscope
