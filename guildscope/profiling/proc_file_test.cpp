#include "guildscope/profiling/proc_file.hpp"

#include <gtest/gtest.h>

#include "guildscope/profiling/fake_proc.hpp"

namespace guildscope::profiling {
namespace {

constexpr std::string_view kStatus =
    "Name:\tbot\nVmRSSx:\t1\nVmRSS:\t     120 kB\nThreads:\t7\nBroken:\tmany kB\nLast:\t5";

TEST(ProcFile, NumbersAreInBytesWhereTheKernelSaysKilobytes) {
  EXPECT_EQ(FindNumber(kStatus, "VmRSS"), 120U * 1024U);
  EXPECT_EQ(FindNumber(kStatus, "Threads"), 7U);
  EXPECT_EQ(FindNumber(kStatus, "Last"), 5U);
}

TEST(ProcFile, WhatIsMissingOrNoNumberIsNothing) {
  EXPECT_EQ(FindNumber(kStatus, "VmSwap"), std::nullopt);
  EXPECT_EQ(FindNumber(kStatus, "VmRS"), std::nullopt);
  EXPECT_EQ(FindNumber(kStatus, "Broken"), std::nullopt);
  EXPECT_EQ(FindNumber(kStatus, "Name"), std::nullopt);
  EXPECT_EQ(FindNumber("", "VmRSS"), std::nullopt);
  EXPECT_EQ(ParseNumber("18446744073709551616"), std::nullopt);
  EXPECT_EQ(ParseNumber("-1"), std::nullopt);
  EXPECT_EQ(ParseNumber("7fg", 16), std::nullopt);
}

TEST(ProcFile, IsReadWhole) {
  const FakeProc proc;
  const std::string long_text(100'000, 'x');
  proc.Write("long", long_text);
  EXPECT_EQ(ReadFile(proc.root() + "/long"), long_text);
  proc.Write("empty", "");
  EXPECT_EQ(ReadFile(proc.root() + "/empty"), "");
  EXPECT_EQ(ReadFile(proc.root() + "/absent"), std::nullopt);
  EXPECT_EQ(ReadFile(proc.root()), std::nullopt) << "a folder";
}

}  // namespace
}  // namespace guildscope::profiling
