#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "guildscope/base/clock.hpp"

namespace spdlog::sinks {
class sink;
}

namespace guildscope::logging {

/// One rotating file, opened at the first line. After a failure (a full disk, a directory that vanished) it tries to
/// begin again once a second.
///
/// Cost: a line is one write to the kernel, so that a killed process loses none. Threads: any.
class LogFile {
 public:
  LogFile(std::string path, std::size_t count, std::size_t max_bytes, const Clock& clock);
  ~LogFile();

  /// Throws when the line could not be written. Does nothing after Close.
  void Write(std::string_view line);
  void Close() noexcept;

 private:
  void Open();

  const std::string path_;
  const std::size_t count_;
  const std::size_t max_bytes_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<spdlog::sinks::sink> sink_;           // guarded by mutex_; null: not open
  std::chrono::steady_clock::time_point next_attempt_;  // guarded by mutex_
  bool closed_ = false;                                 // guarded by mutex_
};

/// The directory of the log files, owned by one process at a time.
///
/// Threads: none; Logging guards it.
class LogDirectory {
 public:
  /// Makes and locks the directory. Throws std::runtime_error with the path and the reason.
  LogDirectory(std::string path, std::size_t count, std::size_t max_bytes, const Clock& clock);
  ~LogDirectory();
  LogDirectory(const LogDirectory&) = delete;
  LogDirectory& operator=(const LogDirectory&) = delete;

  /// The file of a logger; two names that make the same file name share it.
  [[nodiscard]] std::shared_ptr<LogFile> FileOf(std::string_view logger);
  void Close() noexcept;

 private:
  const std::string path_;
  const std::size_t count_;
  const std::size_t max_bytes_;
  const Clock& clock_;
  int lock_ = -1;
  std::map<std::string, std::shared_ptr<LogFile>> files_;
};

/// `music.log`: letters, digits, `-`, `_` and `.` stay. A name that looks like a rotated file's is changed.
[[nodiscard]] std::string LogFileName(std::string_view logger);

}  // namespace guildscope::logging
