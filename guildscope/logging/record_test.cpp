#include "guildscope/logging/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guildscope::logging {
namespace {

using ::testing::HasSubstr;

std::string Escaped(std::string_view text) {
  std::string line;
  AppendEscaped(line, text);
  return line;
}

std::string FieldText(std::string_view value) {
  std::string line;
  AppendField(line, "k", value);
  return line;
}

TEST(Line, HasEveryPartInOrder) {
  const Fields fields{{"guild_id", "7"}};
  const auto location = std::source_location::current();
  Record record{.level = Level::kWarning,
                .time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1704067200042)),
                .logger = "music",
                .message = "joined",
                .fields = fields,
                .location = location,
                .thread_id = 17,
                .thread_name = "pool",
                .span = {}};
  const std::string start =
      "2024-01-01T00:00:00.042000Z WARNING  music [17 pool] record_test.cpp:" + std::to_string(location.line()) +
      " joined guild_id=7";
  EXPECT_EQ(ToLine(record), start);
  record.span.trace_id.fill(0xab);
  record.span.span_id.fill(0x01);
  EXPECT_EQ(ToLine(record), start + " trace_id=abababababababababababababababab span_id=0101010101010101");
}

TEST(Line, LeavesOutALocationThatIsNotKnown) {
  const Fields no_fields;
  const Record record{.time = {},
                      .logger = "dpp",
                      .message = "hello",
                      .fields = no_fields,
                      .location = {},
                      .thread_name = "x",
                      .span = {}};
  EXPECT_THAT(ToLine(record), HasSubstr("dpp [0 x] hello"));
}

TEST(Escape, KeepsOrdinaryText) {
  for (const std::string_view text : {"plain", "tab\there", "größe 東京 🎵", "back\\slash", ""}) {
    EXPECT_EQ(Escaped(text), text);
  }
}

TEST(Escape, LeavesNothingThatEndsALineOrMovesATerminal) {
  EXPECT_EQ(Escaped("a\nb\r\nc"), "a\\nb\\r\\nc");
  EXPECT_EQ(Escaped("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
  EXPECT_EQ(Escaped(std::string_view("\0\x0b\x0c", 3)), "\\x00\\x0b\\x0c");
  EXPECT_EQ(Escaped("a\u0085b\u009bc"), "a\\xc2\\x85b\\xc2\\x9bc");
  EXPECT_EQ(Escaped("a\u2028b\u2029c"), "a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9c");
}

TEST(Escape, TakesTextThatIsCutInACharacter) {
  EXPECT_EQ(Escaped("a\xe2\x80"), "a\xe2\x80");
  EXPECT_EQ(Escaped("a\xc2"), "a\xc2");
}

TEST(Field, IsQuotedWhenItIsNotOneWord) {
  EXPECT_EQ(FieldText("42"), " k=42");
  EXPECT_EQ(FieldText(""), " k=\"\"");
  EXPECT_EQ(FieldText("a b"), " k=\"a b\"");
  EXPECT_EQ(FieldText("a\" trace_id=\"x"), " k=\"a\\\" trace_id=\\\"x\"");
  EXPECT_EQ(FieldText("a\nb"), " k=a\\nb");
}

}  // namespace
}  // namespace guildscope::logging
