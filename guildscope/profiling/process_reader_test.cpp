#include "guildscope/profiling/process_reader.hpp"

#include <gtest/gtest.h>

#include "guildscope/profiling/fake_proc.hpp"

namespace guildscope::profiling {
namespace {

TEST(ProcessReader, TakesSizesAndThreadsFromTheStatusFile) {
  const FakeProc proc;
  proc.Write("self/status",
             "VmPeak:\t  9000 kB\nVmSize:\t  8000 kB\nVmHWM:\t 3000 kB\nVmRSS:\t 2000 kB\nVmData:\t 700 kB\n"
             "VmStk:\t 132 kB\nThreads:\t12\n");
  const auto values = ProcessReader(proc.root(), [](ProcessValues& v) { v.minor_faults = 5; }).Read();
  EXPECT_EQ(values.virtual_size, 8000U * 1024U);
  EXPECT_EQ(values.resident, 2000U * 1024U);
  EXPECT_EQ(values.writable, 832U * 1024U);
  EXPECT_EQ(values.threads, 12U);
  EXPECT_EQ(values.minor_faults, 5U);
}

TEST(ProcessReader, LeavesOutWhatItCannotRead) {
  const FakeProc proc;
  proc.Write("self/status", "Threads:\t1\nVmData:\t 700 kB\n");
  auto values = ProcessReader(proc.root()).Read();
  EXPECT_EQ(values.threads, 1U);
  EXPECT_EQ(values.resident, std::nullopt);
  EXPECT_EQ(values.writable, std::nullopt) << "a part of a sum is no sum";
  proc.Remove("self/status");
  values = ProcessReader(proc.root()).Read();
  EXPECT_EQ(values.threads, std::nullopt);
  EXPECT_GT(values.minor_faults, 0U) << "that is not from /proc";
}

}  // namespace
}  // namespace guildscope::profiling
