#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace guildscope::profiling {

/// What the kernel has at hand about this process. Sizes in bytes; counts since the process began, those of threads
/// that have ended included.
struct ProcessValues {
  std::chrono::duration<double> cpu_user{0};    ///< getrusage: ru_utime.
  std::chrono::duration<double> cpu_system{0};  ///< getrusage: ru_stime.
  std::uint64_t minor_faults = 0;               ///< getrusage: ru_minflt; no disk was needed.
  std::uint64_t major_faults = 0;               ///< getrusage: ru_majflt.
  std::uint64_t voluntary_switches = 0;         ///< getrusage: ru_nvcsw. (/proc/self/status has one thread's alone.)
  std::uint64_t involuntary_switches = 0;       ///< getrusage: ru_nivcsw.
  std::optional<std::uint64_t> threads;         ///< /proc/self/status: Threads.
  std::optional<std::uint64_t> resident;        ///< /proc/self/status: VmRSS, what ps calls RSS.
  std::optional<std::uint64_t> virtual_size;    ///< /proc/self/status: VmSize, what ps calls VSZ.
  std::optional<std::uint64_t> writable;        ///< /proc/self/status: VmData + VmStk, private and writable.
};

/// Reads the values that are cheap.
///
/// Cost: two system calls and one small file, about 15 us; it takes no lock that a page fault or malloc waits for.
/// Threads: any.
class ProcessReader {
 public:
  /// Fills the fields that come from getrusage.
  using Usage = std::function<void(ProcessValues&)>;

  explicit ProcessReader(std::string proc_root = "/proc", Usage usage = ReadUsage);

  /// What cannot be read is left out.
  [[nodiscard]] ProcessValues Read() const;

  /// getrusage(RUSAGE_SELF).
  static void ReadUsage(ProcessValues& values);

 private:
  const std::string status_path_;
  const Usage usage_;
};

}  // namespace guildscope::profiling
