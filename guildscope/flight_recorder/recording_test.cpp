#include "guildscope/flight_recorder/recording.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guildscope/flight_recorder/flight_fixture.hpp"
#include "guildscope/flight_recorder/format.hpp"

namespace guildscope::flight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RecordingTest : public FlightFixture {
 protected:
  std::string Record(int logs) {
    const auto recorder = Start();
    for (int i = 0; i < logs; ++i) recorder->LogRecorded("scope", Log("number " + std::to_string(i)), 1);
    return ReadAll(recorder->file());
  }
};

std::string WhyNot(const std::string& bytes) {
  try {
    (void)ParseRecording(bytes);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

template <typename Field>
std::string With(std::string bytes, std::size_t at, Field value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
  return bytes;
}

TEST_F(RecordingTest, IsRefusedWithAReason) {
  const std::string whole = Record(3);
  EXPECT_EQ(WhyNot(whole), "");
  EXPECT_EQ(WhyNot(""), "it is no recording");
  EXPECT_EQ(WhyNot("GSFL"), "it is no recording");
  EXPECT_EQ(WhyNot(std::string(1 << 20, '\0')), "it is no recording");
  EXPECT_EQ(WhyNot(whole.substr(0, 100)), "it is cut short, inside its header");
  EXPECT_THAT(WhyNot(whole.substr(0, 100'000)), HasSubstr("it is cut short: 100000 bytes of 262144"));
  EXPECT_THAT(WhyNot(With(whole, offsetof(format::Header, version), 2U)), HasSubstr("it has version 2; this"));
  for (const std::uint64_t wrong : {0UL, 7UL, 9UL}) {
    EXPECT_EQ(WhyNot(With(whole, offsetof(format::Header, ring_bytes), wrong)), "its header says nonsense");
    EXPECT_EQ(WhyNot(With(whole, offsetof(format::Header, tail), wrong)), "its header says nonsense");
  }
  EXPECT_THAT(WhyNot(With(whole, offsetof(format::Header, ring_bytes), UINT64_MAX - 7)), HasSubstr("cut short"));
}

TEST_F(RecordingTest, SkipsWhatIsTorn) {
  const std::string whole = Record(3);
  const std::size_t record = format::RecordBytes(5, Log("number 0").size());
  for (std::size_t byte = 0; byte < record; ++byte) {
    std::string torn = whole;
    torn[format::kHeaderBytes + record + byte] ^= 0x40;
    const Recording recording = ParseRecording(torn);
    if (recording.items.size() == 3) continue;  // what fills up a word
    ASSERT_THAT(BodiesOf(recording.items), ElementsAre(Log("number 0"), Log("number 2"))) << byte;
    ASSERT_EQ(recording.torn_bytes, record);
  }
}

TEST_F(RecordingTest, IsReadWhateverTheBytesAre) {
  std::string bytes = Record(300);
  std::uint64_t random = 1;
  for (int i = 0; i < 300; ++i) {
    std::string broken = bytes;
    for (int j = 0; j < 200; ++j) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      // Everywhere, and mostly where the numbers are.
      const std::size_t range = j % 2 == 0 ? 1'000 : j % 3 == 0 ? broken.size() : format::kHeaderBytes + 30'000;
      broken[(random >> 20) % range] = static_cast<char>(random >> 56);
    }
    std::memcpy(broken.data(), bytes.data(), 24);  // past what is checked first
    try {
      const Recording recording = ParseRecording(broken);
      for (const RecordedItem& item : recording.items) EXPECT_THAT(item.body, HasSubstr("number "));
    } catch (const std::runtime_error&) {
    }
  }
}

TEST_F(RecordingTest, KnowsWhenTheProcessWasLastHeardOf) {
  Recording recording;
  recording.created_unix_nano = 5;
  EXPECT_EQ(recording.LastUnixNano(), 5U);
  recording.items.push_back({.unix_nano = 9});
  recording.items.push_back({.unix_nano = 7});
  EXPECT_EQ(recording.LastUnixNano(), 9U);
}

TEST_F(RecordingTest, NamesTheSignal) {
  EXPECT_EQ(ToString(CrashReport{.signal = 11, .code = 1, .address = 0x1f}), "SIGSEGV at 0x1f");
  EXPECT_EQ(ToString(CrashReport{.signal = 6, .code = -6}), "SIGABRT");
  EXPECT_EQ(ToString(CrashReport{.signal = 99, .code = 0}), "signal 99");
}

}  // namespace
}  // namespace guildscope::flight
