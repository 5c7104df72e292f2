#include "guildscope/profiling/details_reader.hpp"

#include <gtest/gtest.h>

#include "guildscope/profiling/fake_proc.hpp"

namespace guildscope::profiling {
namespace {

TEST(DetailsReader, UniqueMemoryIsWhatIsPrivate) {
  const FakeProc proc;
  proc.Write("self/smaps_rollup",
             "00400000-7fff0000 ---p 00000000 00:00 0 [rollup]\nRss: 900 kB\nPss: 500 kB\nShared_Clean: 300 kB\n"
             "Private_Clean: 40 kB\nPrivate_Dirty: 112 kB\nPrivate_Hugetlb: 8 kB\n");
  EXPECT_EQ(DetailsReader(proc.root()).Read().unique, 160U * 1024U);
}

TEST(DetailsReader, CountsFileDescriptors) {
  const FakeProc proc;
  for (const auto* descriptor : {"0", "1", "2", "77"}) proc.Write(std::string("self/fd/") + descriptor, "");
  EXPECT_EQ(DetailsReader(proc.root()).Read().file_descriptors, 4U);
}

TEST(DetailsReader, LeavesOutWhatItCannotRead) {
  const FakeProc proc;
  const auto details = DetailsReader(proc.root()).Read();
  EXPECT_EQ(details.unique, std::nullopt);
  EXPECT_EQ(details.file_descriptors, std::nullopt);
  EXPECT_FALSE(details.stacks);
  EXPECT_EQ(details.heap.has_value(), details.total_allocated.has_value());
}

}  // namespace
}  // namespace guildscope::profiling
