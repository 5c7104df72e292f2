#pragma once

#include <string_view>

namespace guildscope::logging {

/// Lines to the standard error stream, which may be a terminal, a pipe or a file. One that takes nothing (a terminal
/// held by Ctrl-S, a pipe that nobody reads) is given a tenth of a second; from then on lines are refused at once,
/// until it takes some again.
///
/// Threads: one.
class Console {
 public:
  /// `descriptor` is borrowed.
  explicit Console(int descriptor = 2) noexcept : descriptor_(descriptor) {}

  /// The line and its end. False when it could not be written, or not whole.
  bool Write(std::string_view line);

 private:
  /// False when the descriptor does not take all of it in time.
  bool WriteAll(std::string_view text) noexcept;

  const int descriptor_;
  bool blocked_ = false;  // it did not take the last line
  bool torn_ = false;     // the last line has no end
};

}  // namespace guildscope::logging
