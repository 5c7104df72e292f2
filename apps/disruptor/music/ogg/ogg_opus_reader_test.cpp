#include "apps/disruptor/music/ogg/ogg_opus_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/disruptor/music/ogg/ogg_fixture.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class OggOpusReaderTest : public testing::Test {
 protected:
  /// What is wrong with a file of these bytes; empty when nothing is.
  std::string Problem(std::string_view bytes) {
    WriteFile(path_, bytes);
    try {
      facts_ = MeasureOggOpus(path_);
      return "";
    } catch (const OggError& error) {
      return error.what();
    }
  }

  ScratchFolder folder_;
  std::filesystem::path path_ = folder_.path() / "a.opus";
  OggOpusFacts facts_;
};

TEST_F(OggOpusReaderTest, GivesEveryPacketOfWhatFfmpegWrote) {
  MakeTone(path_, 2.5);
  OggOpusReader reader(path_);
  EXPECT_EQ(reader.head().channels, 2);
  EXPECT_EQ(reader.head().pre_skip, 312);
  EXPECT_EQ(reader.head().input_sample_rate, 48'000U);
  int packets = 0;
  while (const auto packet = reader.Next()) {
    ++packets;
    EXPECT_EQ(packet->samples, kFrameSamples);
    EXPECT_GT(packet->data.size(), 0U);
  }
  EXPECT_EQ(packets, 126);  // 2.5 s and the pre-skip, rounded up
  EXPECT_EQ(reader.position(), 2'513ms);
  EXPECT_FALSE(reader.Next());
  const OggOpusFacts facts = MeasureOggOpus(path_);
  EXPECT_EQ(facts.length, 2'500ms);
  EXPECT_EQ(facts.packets, 126U);
  EXPECT_TRUE(facts.all_20_ms);
}

TEST_F(OggOpusReaderTest, SaysWhenPacketsAreNotOf20Ms) {
  RunFfmpeg("-f lavfi -i sine=duration=1 -c:a libopus -frame_duration 60 " + path_.string());
  const OggOpusFacts facts = MeasureOggOpus(path_);
  EXPECT_FALSE(facts.all_20_ms);
  EXPECT_EQ(facts.head.channels, 1);
  EXPECT_EQ(facts.length, 1'000ms);
}

TEST_F(OggOpusReaderTest, PutsPacketsTogetherThatGoOverPages) {
  OggWriter writer;
  writer.Write(MakeOpusHead(), 0);
  writer.Write("OpusTags" + std::string(200'000, 'x'), 0);
  writer.Write(kSilentPacket, 960, true);
  EXPECT_EQ(Problem(writer.bytes()), "");
  EXPECT_EQ(facts_.packets, 1U);
}

TEST_F(OggOpusReaderTest, FindsEveryTruncation) {
  MakeTone(path_, 0.04);
  const std::string real = ReadFile(path_);
  for (const std::string& whole : {real, MakeOggOpus()}) {
    ASSERT_EQ(Problem(whole), "");
    for (std::size_t size = 0; size < whole.size(); ++size) {
      ASSERT_NE(Problem(std::string_view(whole).substr(0, size)), "") << "cut at " << size;
    }
  }
}

TEST_F(OggOpusReaderTest, FindsEveryChangedByte) {
  MakeTone(path_, 0.04);
  std::string bytes = ReadFile(path_);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const char flip = "\x01\x80\xFF"[at % 3];
    bytes[at] ^= flip;
    ASSERT_NE(Problem(bytes), "") << "byte " << at;
    bytes[at] ^= flip;
  }
}

TEST_F(OggOpusReaderTest, FindsBytesThatWerePutInOrLeftOut) {
  const std::string whole = MakeOggOpus();
  for (std::size_t at = 0; at <= whole.size(); ++at) {
    std::string more = whole;
    more.insert(at, 1, 'O');
    ASSERT_NE(Problem(more), "") << at;
    if (at < whole.size()) {
      std::string less = whole;
      less.erase(at, 1);
      ASSERT_NE(Problem(less), "") << at;
    }
  }
}

TEST_F(OggOpusReaderTest, FailsAgainAfterItHasFailed) {
  std::string bytes = MakeOggOpus();
  bytes[bytes.size() - 1] ^= 1;
  WriteFile(path_, bytes);
  OggOpusReader reader(path_);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(reader.Next());
  EXPECT_THROW((void)reader.Next(), OggError);
  EXPECT_THROW((void)reader.Next(), OggError);
}

TEST_F(OggOpusReaderTest, FindsPagesThatAreWholeAndWrong) {
  EXPECT_THAT(Problem(""), HasSubstr("empty"));
  EXPECT_THAT(Problem("ID3 and so on"), HasSubstr("page 1"));
  EXPECT_THAT(Problem(MakeOggOpus() + MakeOggOpus()), HasSubstr("behind the end"));
  EXPECT_THAT(Problem(MakeOggOpus() + "x"), HasSubstr("middle of page"));
  EXPECT_THAT(Problem(MakeOggOpus(2, 300)), "");

  const auto problem = [this](const std::string& head, const std::string& tags, const std::string& packet,
                              std::int64_t granule = 960, bool last = true) {
    OggWriter writer;
    writer.Write(head, 0);
    writer.Write(tags, 0);
    writer.Write(packet, granule, last);
    return Problem(writer.bytes());
  };
  EXPECT_THAT(problem("OpusHead", MakeOpusTags(), kSilentPacket), HasSubstr("not Ogg Opus"));
  EXPECT_THAT(problem("\x01vorbis" + std::string(23, '\0'), MakeOpusTags(), kSilentPacket), HasSubstr("not Ogg Opus"));
  EXPECT_THAT(problem(MakeOpusHead(2, 0, 16), MakeOpusTags(), kSilentPacket), HasSubstr("version"));
  EXPECT_THAT(problem(MakeOpusHead(6, 0, 1, 1), MakeOpusTags(), kSilentPacket), HasSubstr("6 channels"));
  EXPECT_THAT(problem(MakeOpusHead(), "comments", kSilentPacket), HasSubstr("comments"));
  EXPECT_THAT(problem(MakeOpusHead(), MakeOpusTags(), std::string("\xFF\xFF", 2)), HasSubstr("not Opus"));
  EXPECT_THAT(problem(MakeOpusHead(), MakeOpusTags(), ""), HasSubstr("not Opus"));
  EXPECT_THAT(problem(MakeOpusHead(), MakeOpusTags(), kSilentPacket, 961), HasSubstr("less sound"));
  EXPECT_THAT(problem(MakeOpusHead(), MakeOpusTags(), kSilentPacket, 960, false), HasSubstr("too early"));
  EXPECT_THAT(problem(MakeOpusHead(), MakeOpusTags() + std::string(2'000'000, 'x'), kSilentPacket),
              HasSubstr("too large"));
}

TEST_F(OggOpusReaderTest, FindsAnotherStreamAndAMissingPage) {
  OggWriter first(1);
  first.Write(MakeOpusHead(), 0);
  first.Write(MakeOpusTags(), 0);
  OggWriter second(2);
  second.Write(MakeOpusHead(), 0);
  EXPECT_THAT(Problem(first.bytes() + second.bytes()), HasSubstr("another stream"));
  const std::size_t end_of_tags = first.bytes().size();
  first.Write(kSilentPacket, 960);
  const std::size_t end_of_first = first.bytes().size();
  first.Write(kSilentPacket, 1920, true);
  EXPECT_THAT(Problem(first.bytes().substr(0, end_of_tags) + first.bytes().substr(end_of_first)), HasSubstr("missing"));
}

TEST_F(OggOpusReaderTest, SaysThatThereIsNoFile) {
  for (const std::filesystem::path& path : {std::filesystem::path("/nowhere/at/all.opus"), folder_.path()}) {
    try {
      OggOpusReader reader(path);
      ADD_FAILURE() << path;
    } catch (const OggError& error) {
      EXPECT_FALSE(error.damaged());
    }
  }
}

}  // namespace
}  // namespace disruptor::music
