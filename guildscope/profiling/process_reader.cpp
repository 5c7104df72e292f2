#include "guildscope/profiling/process_reader.hpp"

#include <sys/resource.h>

#include <utility>

#include "guildscope/profiling/proc_file.hpp"

namespace guildscope::profiling {
namespace {

std::chrono::duration<double> ToSeconds(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

ProcessReader::ProcessReader(std::string proc_root, Usage usage)
    : status_path_(std::move(proc_root) + "/self/status"), usage_(std::move(usage)) {}

ProcessValues ProcessReader::Read() const {
  ProcessValues values;
  usage_(values);
  const auto status = ReadFile(status_path_);
  if (!status) return values;
  values.threads = FindNumber(*status, "Threads");
  values.resident = FindNumber(*status, "VmRSS");
  values.virtual_size = FindNumber(*status, "VmSize");
  const auto data = FindNumber(*status, "VmData");
  const auto stack = FindNumber(*status, "VmStk");
  if (data && stack) values.writable = *data + *stack;
  return values;
}

void ProcessReader::ReadUsage(ProcessValues& values) {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return;
  values.cpu_user = ToSeconds(usage.ru_utime);
  values.cpu_system = ToSeconds(usage.ru_stime);
  values.minor_faults = static_cast<std::uint64_t>(usage.ru_minflt);
  values.major_faults = static_cast<std::uint64_t>(usage.ru_majflt);
  values.voluntary_switches = static_cast<std::uint64_t>(usage.ru_nvcsw);
  values.involuntary_switches = static_cast<std::uint64_t>(usage.ru_nivcsw);
}

}  // namespace guildscope::profiling
