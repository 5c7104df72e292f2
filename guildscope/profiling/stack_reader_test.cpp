#include "guildscope/profiling/stack_reader.hpp"

#include <gtest/gtest.h>

#include "guildscope/profiling/fake_proc.hpp"

namespace guildscope::profiling {
namespace {

constexpr std::size_t kDefaultSize = 0x800000;

constexpr std::string_view kMaps =
    "00400000-00500000 r-xp 00000000 08:01 123                                /usr/bin/bot\n"
    "01000000-01100000 rw-p 00000000 00:00 0                                  [heap]\n"
    "7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n"
    "7f0000001000-7f0000801000 rw-p 00000000 00:00 0 \n"
    "7f0010000000-7f0020000000 rw-p 00000000 00:00 0 \n"
    "7f0030000000-7f0031000000 rw-p 00000000 00:00 0 \n"
    "7ffff0000000-7ffff0021000 rw-p 00000000 00:00 0                          [stack]\n";

class StackReaderTest : public ::testing::Test {
 protected:
  StackReaderTest() { proc_.Write("self/maps", kMaps); }
  void Thread(const std::string& id, std::string_view syscall) const {
    proc_.Write("self/task/" + id + "/syscall", syscall);
  }

  FakeProc proc_;
  StackReader reader_{proc_.root(), [](std::uintptr_t begin, std::uintptr_t end) { return (end - begin) / 4; },
                      kDefaultSize};
};

TEST_F(StackReaderTest, CountsTheMappingsThatAStackPointerIsIn) {
  Thread("10", "7 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffff0020000 0x401000\n");
  Thread("11", "202 0x1 0x2 0x3 0x4 0x5 0x6 0x7f0000800f00 0x401000\n");
  const auto stacks = reader_.Read();
  ASSERT_TRUE(stacks);
  EXPECT_EQ(stacks->reserved, 0x21000U + 0x800000U);
  EXPECT_EQ(stacks->resident, (0x21000U + 0x800000U) / 4U);
}

TEST_F(StackReaderTest, AThreadOutsideAnySystemCallHasAStackToo) {
  Thread("10", "-1 0x7ffff0020000 0x401000\n");
  EXPECT_EQ(reader_.Read()->reserved, 0x21000U);
}

TEST_F(StackReaderTest, RemembersWhereTheStackOfARunningThreadIs) {
  Thread("10", "running\n");
  EXPECT_FALSE(reader_.Read()) << "no zero for what is not known";
  Thread("10", "-1 0x7ffff0020000 0x401000\n");
  EXPECT_EQ(reader_.Read()->reserved, 0x21000U);
  Thread("10", "running\n");
  EXPECT_EQ(reader_.Read()->reserved, 0x21000U);
  proc_.Remove("self/task/10");
  Thread("12", "running\n");
  EXPECT_FALSE(reader_.Read()) << "another thread";
}

TEST_F(StackReaderTest, CountsNoMoreThanAStackOfAMappingThatOthersAreMergedInto) {
  Thread("11", "202 0x1 0x2 0x3 0x4 0x5 0x6 0x7f0010700000 0x401000\n");
  EXPECT_EQ(reader_.Read()->reserved, kDefaultSize);
}

TEST_F(StackReaderTest, AStackLargerThanUsualCountsWhole) {
  Thread("11", "202 0x1 0x2 0x3 0x4 0x5 0x6 0x7f0030f00000 0x401000\n");
  EXPECT_EQ(reader_.Read()->reserved, 0x1000000U);
}

TEST_F(StackReaderTest, TheHeapAndFilesAreNoStacks) {
  Thread("10", "-1 0x1000800 0x401000\n");
  Thread("11", "-1 0x400800 0x401000\n");
  Thread("12", "nonsense\n");
  EXPECT_EQ(reader_.Read()->reserved, 0U);
}

TEST_F(StackReaderTest, SaysNothingWithoutProc) {
  EXPECT_FALSE(reader_.Read()) << "no threads";
  Thread("10", "-1 0x7ffff0020000 0x401000\n");
  proc_.Remove("self/maps");
  EXPECT_FALSE(reader_.Read());
}

TEST(StackReader, NothingIsResidentWhereNothingIsMapped) { EXPECT_EQ(StackReader::CountResident(4096, 8192), 0U); }

}  // namespace
}  // namespace guildscope::profiling
