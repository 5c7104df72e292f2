#include "guildscope/profiling/heap_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace guildscope::profiling {
namespace {

// The first heap has totals of its own, which must not be taken for those of all.
constexpr std::string_view kInfo = R"(<malloc version="1">
<heap nr="0">
<sizes><size from="33" to="33" total="33" count="1"/></sizes>
<total type="fast" count="1" size="1"/>
<total type="rest" count="2" size="2"/>
<system type="current" size="3"/>
<system type="max" size="4"/>
</heap>
<total type="fast" count="3" size="96"/>
<total type="rest" count="10" size="963064"/>
<total type="mmap" count="2" size="1000000"/>
<system type="current" size="1159168"/>
<system type="max" size="2159168"/>
<aspace type="total" size="1159168"/>
<aspace type="mprotect" size="1159168"/>
</malloc>
)";

TEST(HeapReader, AddsUpWhatTheAllocatorSays) {
  const auto heap = ParseMallocInfo(kInfo);
  ASSERT_TRUE(heap);
  EXPECT_EQ(heap->sys, 2'159'168U);
  EXPECT_EQ(heap->idle, 963'160U);
  EXPECT_EQ(heap->alloc, 1'196'008U);
  EXPECT_EQ(heap->released, 1'000'000U);
}

TEST(HeapReader, TakesTheEndAlone) {
  const auto heap = ParseMallocInfo(kInfo.substr(kInfo.find("</heap>")));
  ASSERT_TRUE(heap);
  EXPECT_EQ(heap->sys, 2'159'168U);
}

TEST(HeapReader, DoesNotGuess) {
  EXPECT_FALSE(ParseMallocInfo(""));
  EXPECT_FALSE(ParseMallocInfo("</heap>"));
  EXPECT_FALSE(ParseMallocInfo(kInfo.substr(0, kInfo.rfind("<system type=\"max\""))));
  std::string no_number(kInfo);
  no_number.replace(no_number.find("963064"), 6, "many!!");
  EXPECT_FALSE(ParseMallocInfo(no_number));
}

TEST(AllocationFloor, CountsEveryRiseAndNeverFalls) {
  AllocationFloor floor;
  EXPECT_EQ(floor.Update(100), 100U);
  EXPECT_EQ(floor.Update(40), 100U);
  EXPECT_EQ(floor.Update(60), 120U);
  EXPECT_EQ(floor.Update(60), 120U);
}

}  // namespace
}  // namespace guildscope::profiling
