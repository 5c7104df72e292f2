#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace disruptor::music {

/// What a program is run with, and what it may use up.
struct ChildOptions {
  std::vector<std::string> command{};      ///< The program and its arguments; looked up in PATH without a slash.
  std::vector<std::string> environment{};  ///< `NAME=value`, all of it: nothing is inherited. See program.hpp.
  std::filesystem::path directory{};       ///< Where it runs.

  std::chrono::milliseconds time_limit{60'000};
  std::chrono::milliseconds grace{2'000};       ///< Between SIGTERM and SIGKILL.
  std::size_t kept_output = 64 * 1024;          ///< Bytes of each stream that are kept, the last ones.
  std::uint64_t max_output = 64 * 1024 * 1024;  ///< Bytes of both streams; a program that writes more is ended.
  std::uint64_t max_file_bytes = 0;             ///< RLIMIT_FSIZE; 0: no limit.
  std::uint64_t max_memory_bytes = 0;           ///< RLIMIT_DATA: what it can write to; 0: no limit.
  std::chrono::seconds max_cpu_time{0};         ///< RLIMIT_CPU; 0: no limit.
  int niceness = 0;                             ///< 0 to 19.
};

struct ChildResult {
  enum class End {
    kExited,
    kSignalled,  ///< By a signal that was not ours.
    kTimeLimit,  ///< Ended by us, as are the following.
    kStopped,    ///< The stop token asked.
    kTooMuchOutput,
  };
  End end = End::kExited;
  int exit_status = -1;  ///< -1 when a signal ended it.
  int signal = 0;        ///< 0 when it ended by itself.
  std::int64_t pid = 0;  ///< That it had.
  std::string output;    ///< The last `kept_output` bytes of standard output.
  std::string errors;    ///< And of standard error.

  [[nodiscard]] bool succeeded() const noexcept { return end == End::kExited && exit_status == 0; }
};

/// Runs a program to its end: no shell, standard input from /dev/null, in a process group of its own, without any other
/// descriptor, signal mask or variable of this process. When it has ended, by itself or not, what it started and left
/// behind is killed too (but what moved into another group). It is killed when this process, or the calling thread,
/// ends.
///
/// Blocks until then. Past the time limit, or when stop is requested, SIGTERM goes to the group, and SIGKILL after the
/// grace time. One that cannot be killed (it waits for a broken disk) is left alone a grace time later. Throws
/// std::system_error when it cannot be started; std::errc::no_such_file_or_directory when there is no such program.
///
/// Cost: a fork of this process (a copy of its page tables), and the caller's thread, which waits in poll.
/// Threads: any; touches no state of the process (no SIGCHLD handler, no waiting for any other child).
[[nodiscard]] ChildResult RunChild(const ChildOptions& options, const std::stop_token& stop);

}  // namespace disruptor::music
