#include "guildscope/spool/inspect.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "guildscope/spool/spool_fixture.hpp"

namespace guildscope::spool {
namespace {

using ::testing::IsEmpty;
using Inspected = SpoolTest;

TEST_F(Inspected, SaysWhatWaitsWhileAProcessUsesTheFolder) {
  Spool& spool = Start();
  for (std::uint32_t i = 1; i <= 3; ++i) spool.Put(0, {.items = i, .bytes = "record"});
  ASSERT_TRUE(spool.Front(0));
  ASSERT_TRUE(spool.Settle(0));
  const Inspection inspection = Inspect(options_.directory);
  EXPECT_EQ(inspection.problem, "");
  EXPECT_TRUE(inspection.in_use);
  EXPECT_EQ(inspection.holder, getpid());
  EXPECT_EQ(inspection.bytes, spool.stats().bytes);
  ASSERT_EQ(inspection.lanes.size(), 1);
  EXPECT_EQ(inspection.lanes[0].name, "a");
  EXPECT_EQ(inspection.lanes[0].records, 2);
  EXPECT_EQ(inspection.lanes[0].items, 5);
  EXPECT_EQ(inspection.lanes[0].damaged, 0);
  EXPECT_EQ(inspection.lanes[0].oldest, std::chrono::nanoseconds(clock_.Now().time_since_epoch()).count());
}

TEST_F(Inspected, CountsDamage) {
  Start().Put(0, {.items = 1, .bytes = "record"});
  spool_->Put(0, {.items = 1, .bytes = "record"});
  Crash();
  std::string bytes = Read(Segments().front());
  bytes[70] = '!';
  Write(Segments().front(), bytes);
  const Inspection inspection = Inspect(options_.directory);
  EXPECT_FALSE(inspection.in_use);
  ASSERT_EQ(inspection.lanes.size(), 1);
  EXPECT_EQ(inspection.lanes[0].records, 1);
  EXPECT_EQ(inspection.lanes[0].damaged, 1);
}

TEST_F(Inspected, SaysThatThereIsNone) {
  EXPECT_EQ(Inspect(options_.directory).problem, "No such file or directory");
  EXPECT_THAT(Inspect(root_).lanes, IsEmpty());
}

}  // namespace
}  // namespace guildscope::spool
