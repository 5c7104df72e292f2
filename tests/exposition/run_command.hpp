#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace guildscope::metrics {

struct CommandResult {
  int exit_status;
  std::string output;  // standard output and error
};

inline CommandResult RunCommand(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  CommandResult result{-1, {}};
  char buffer[4096];
  while (const std::size_t length = fread(buffer, 1, sizeof buffer, pipe)) result.output.append(buffer, length);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  return result;
}

}  // namespace guildscope::metrics
