#include "guildscope/spool/format.hpp"

#include <gtest/gtest.h>

#include <random>

namespace guildscope::spool {
namespace {

std::string RandomBytes(std::size_t size) {
  std::minstd_rand random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8);
  return bytes;
}

TEST(Format, ComputesTheCrcOfTheStandard) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Format, HeadersSayWhatWasEncoded) {
  const std::string segment = Encode(SegmentHeader{
      .number = 0x0102030405060708, .first_record = 9, .items_before = 10, .created = -11, .version = 12, .lane = 13});
  ASSERT_EQ(segment.size(), kSegmentHeaderBytes);
  const auto header = ParseSegmentHeader(segment + "and more");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->number, 0x0102030405060708u);
  EXPECT_EQ(header->first_record, 9);
  EXPECT_EQ(header->items_before, 10);
  EXPECT_EQ(header->created, -11);
  EXPECT_EQ(header->version, 12);
  EXPECT_EQ(header->lane, 13);

  const std::string record = Encode(RecordHeader{.number = 1,
                                                 .items_before = 2,
                                                 .time = 3,
                                                 .items = 4,
                                                 .stored_bytes = 5,
                                                 .plain_bytes = 6,
                                                 .body_crc = 7,
                                                 .coding = Coding::kDeflate,
                                                 .attempted = true});
  ASSERT_EQ(record.size(), kRecordHeaderBytes);
  const auto parsed = ParseRecordHeader(record);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->number, 1);
  EXPECT_EQ(parsed->items_before, 2);
  EXPECT_EQ(parsed->time, 3);
  EXPECT_EQ(parsed->items, 4);
  EXPECT_EQ(parsed->stored_bytes, 5);
  EXPECT_EQ(parsed->plain_bytes, 6);
  EXPECT_EQ(parsed->body_crc, 7);
  EXPECT_EQ(parsed->coding, Coding::kDeflate);
  EXPECT_TRUE(parsed->attempted);

  const std::string position = Encode(Position{.generation = 1, .next_record = 2, .items_before = 3, .attempted = 4});
  ASSERT_EQ(position.size(), kPositionBytes);
  EXPECT_EQ(ParsePosition(position)->attempted, 4);
}

TEST(Format, SeesAChangedByteAnywhereInAHeader) {
  for (const std::string& whole :
       {Encode(SegmentHeader{.number = 1}), Encode(RecordHeader{.number = 1}), Encode(Position{.generation = 1})}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0x10);
      EXPECT_FALSE(ParseSegmentHeader(changed)) << at;
      EXPECT_FALSE(ParseRecordHeader(changed)) << at;
      EXPECT_FALSE(ParsePosition(changed)) << at;
    }
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(ParseSegmentHeader(whole.substr(0, size)));
      EXPECT_FALSE(ParseRecordHeader(whole.substr(0, size)));
      EXPECT_FALSE(ParsePosition(whole.substr(0, size)));
    }
  }
}

TEST(Format, CompressesWhatBecomesShorter) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "span number " + std::to_string(i);
  const auto stored = Compress(text);
  ASSERT_TRUE(stored);
  EXPECT_LT(stored->size(), text.size() / 2);
  EXPECT_EQ(Decompress(*stored, text.size()), text);
  EXPECT_FALSE(Decompress(*stored, text.size() - 1));
  EXPECT_FALSE(Decompress(*stored, text.size() + 1));
  EXPECT_FALSE(Decompress(stored->substr(0, stored->size() / 2), text.size()));
  EXPECT_FALSE(Compress(RandomBytes(10'000)));
  EXPECT_FALSE(Compress(""));
  EXPECT_FALSE(Compress("x"));
}

}  // namespace
}  // namespace guildscope::spool
