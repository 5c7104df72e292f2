#include "guildscope/logging/console.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <string>

namespace guildscope::logging {
namespace {

constexpr int kPatienceMs = 100;

}  // namespace

bool Console::Write(std::string_view line) {
  std::string text;
  text.reserve(line.size() + 2);
  if (torn_) text += '\n';
  text += line;
  text += '\n';
  return WriteAll(text);
}

// The writing thread has every signal blocked: nothing is interrupted, and a closed pipe is an error and no SIGPIPE.
bool Console::WriteAll(std::string_view text) noexcept {
  const std::size_t whole = text.size();
  while (!text.empty()) {
    pollfd stream{descriptor_, POLLOUT, 0};
    const bool ready = poll(&stream, 1, blocked_ ? 0 : kPatienceMs) > 0;
    // A pipe that is ready takes PIPE_BUF bytes without waiting.
    const ssize_t written = ready ? write(descriptor_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF)) : -1;
    blocked_ = written <= 0;
    if (blocked_) {
      torn_ = torn_ || text.size() < whole;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  torn_ = false;
  return true;
}

}  // namespace guildscope::logging
