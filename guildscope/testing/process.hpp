#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace guildscope::testing {

struct ProcessOptions {
  /// The program and its arguments; a program without a slash is looked up in PATH. No shell is involved.
  std::vector<std::string> command{};
  /// Put over the environment of the caller. An empty value removes the variable.
  std::map<std::string, std::string> environment{};
  /// Empty: the caller's.
  std::string working_directory{};
};

/// How a process ended: by itself, or by a signal.
struct ProcessEnd {
  int exit_status = -1;  ///< -1 when a signal ended it.
  int signal = 0;        ///< 0 when it ended by itself.
  bool operator==(const ProcessEnd&) const = default;
};

/// A child process whose output is kept, for tests of whole programs. Its standard input is empty.
///
/// Cost: a process and two threads that read its output. Threads: any, but the thread that makes a Process must outlive
/// it: the kernel kills the child when that thread ends, so that a test that is killed leaves nothing behind. Lifetime:
/// the destructor kills the child (SIGKILL) and its process group, and waits for it.
class Process {
 public:
  /// Throws std::system_error with the program's name when it cannot be started.
  explicit Process(ProcessOptions options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// The first line of standard output that is a JSON object with this value of `event` (`listening`, `ready`), whether
  /// it was printed before or is yet to come. Throws std::runtime_error that quotes the output when it does not come in
  /// time.
  [[nodiscard]] nlohmann::json WaitForEvent(const std::string& event, std::chrono::milliseconds limit);

  /// Waits until standard output or error holds this text. False when it does not in time.
  [[nodiscard]] bool WaitForText(const std::string& text, std::chrono::milliseconds limit);

  /// Nothing happens when the process has ended.
  void Signal(int signal) noexcept;

  /// Nothing when it still runs after the limit. After an answer Output and Errors are complete.
  std::optional<ProcessEnd> Wait(std::chrono::milliseconds limit);

  /// Everything written so far.
  [[nodiscard]] std::string Output() const;
  [[nodiscard]] std::string Errors() const;

 private:
  void Collect(int fd, std::string* into);
  std::optional<nlohmann::json> FindEvent(const std::string& event) const;  // with mutex_ held
  std::optional<ProcessEnd> Reap();                                         // with mutex_ held

  std::string name_;
  pid_t pid_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string output_;               // guarded by mutex_
  std::string errors_;               // guarded by mutex_
  int open_streams_ = 2;             // guarded by mutex_
  std::optional<ProcessEnd> ended_;  // guarded by mutex_
  std::thread output_reader_;
  std::thread error_reader_;
};

}  // namespace guildscope::testing
