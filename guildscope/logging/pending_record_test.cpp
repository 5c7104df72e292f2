#include "guildscope/logging/pending_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace guildscope::logging {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(PendingRecord, IsReadBackAsItWas) {
  const Fields fields{{"guild_id", "7"}, {"", ""}};
  Record record{.level = Level::kWarning,
                .time = std::chrono::system_clock::time_point(std::chrono::seconds(5)),
                .logger = "music",
                .message = std::string_view("two\0parts", 9),
                .fields = fields,
                .location = std::source_location::current(),
                .thread_id = 42,
                .thread_name = "a name of more than 15",
                .span = {}};
  record.span.trace_id.fill(1);
  record.span.span_id.fill(2);
  record.span.sampled = true;
  const PendingRecord pending(&record, record, true);
  std::string bytes(pending.size(), '\0');
  pending.WriteTo(bytes.data());

  Fields read_fields;
  const PendingRecord::Read read = PendingRecord::From(bytes, read_fields);
  EXPECT_EQ(read.logger, &record);
  EXPECT_TRUE(read.to_console);
  EXPECT_EQ(read.record.level, Level::kWarning);
  EXPECT_EQ(read.record.time, record.time);
  EXPECT_EQ(read.record.message, record.message);
  EXPECT_EQ(read.record.location.line(), record.location.line());
  EXPECT_STREQ(read.record.location.file_name(), record.location.file_name());
  EXPECT_EQ(read.record.thread_id, 42);
  EXPECT_EQ(read.record.thread_name, "a name of more ");
  EXPECT_EQ(read.record.span, record.span);
  EXPECT_THAT(read_fields, ElementsAre(Pair("guild_id", "7"), Pair("", "")));
}

}  // namespace
}  // namespace guildscope::logging
