#include "apps/discord_standin/voice/heard_audio.hpp"

#include <gtest/gtest.h>
#include <ogg/ogg.h>

#include <cmath>
#include <cstring>

#include "apps/discord_standin/voice/heard_report.hpp"
#include "apps/discord_standin/voice/opus_tone.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace standin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFrame{20};
const OpusPacket kSilence{0xF8, 0xFF, 0xFE};

class HeardAudioTest : public ::testing::Test {
 protected:
  /// One frame every 20 ms of the clock.
  void Hear(const OpusPacket& packet) {
    Put(packet, ++position_);
    clock_.Advance(kFrame);
  }

  void Hear(const std::vector<OpusPacket>& packets) {
    for (const OpusPacket& packet : packets) Hear(packet);
  }

  void Put(const OpusPacket& packet, std::uint64_t position) {
    RtpPacket header;
    header.ssrc = 1;
    header.timestamp = static_cast<std::uint32_t>(position) * kToneFrame;
    heard_.Add(header, position, packet, clock_.SteadyNow());
  }

  Json Report() { return DescribeHeard(heard_.Snapshot()); }

  guildscope::testing::FakeClock clock_;
  VoiceCounts counts_;
  HeardAudio heard_{counts_, clock_, milliseconds(5'000)};
  std::uint64_t position_ = 0;
};

TEST_F(HeardAudioTest, TellsLengthLevelAndFrequencyOfATone) {
  Hear(OpusTone(440, 150, 0.5));
  const Json report = Report();
  ASSERT_EQ(report["segments"].size(), 1U);
  const Json segment = report["segments"][0];
  EXPECT_EQ(segment["frames"], 150);
  EXPECT_EQ(segment["duration_seconds"], 3.0);
  EXPECT_EQ(segment["analysed_seconds"], 3.0);
  EXPECT_NEAR(segment["frequency_hz"].get<double>(), 440, 1);
  EXPECT_NEAR(segment["rms"].get<double>(), 0.5 / std::sqrt(2.0), 0.02);
  EXPECT_NEAR(segment["level_dbfs"].get<double>(), -9, 0.5);
  EXPECT_GT(segment["purity"].get<double>(), 0.95);
}

TEST_F(HeardAudioTest, CutsSegmentsWhereNothingIsHeardForLong) {
  const auto tone = OpusTone(1'000, 10);
  Hear(tone);
  clock_.Advance(milliseconds(170));
  Hear(tone);
  EXPECT_EQ(Report()["segments"].size(), 1U) << "190 ms from frame to frame";
  clock_.Advance(milliseconds(190));
  Hear(OpusTone(2'000, 10));
  const Json segments = Report()["segments"];
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0]["frames"], 20);
  EXPECT_EQ(segments[1]["number"], 2);
  EXPECT_NEAR(segments[1]["frequency_hz"].get<double>(), 2'000, 5);
}

TEST_F(HeardAudioTest, TellsSilenceApart) {
  Hear(kSilence);
  EXPECT_TRUE(Report()["segments"].empty()) << "silence begins nothing";
  Hear(OpusTone(440, 10));
  Hear({kSilence, kSilence});
  Hear(OpusTone(440, 10));
  Hear(OpusPacket{0xF8, 0xFF, 0xFE, 0xF8, 0xFF, 0xFE});
  const Json report = Report();
  EXPECT_EQ(report["frames"], 24);
  EXPECT_EQ(report["silence_frames"], 4);
  ASSERT_EQ(report["segments"].size(), 1U);
  EXPECT_EQ(report["segments"][0]["frames"], 20);
  EXPECT_EQ(report["segments"][0]["duration_seconds"], 0.44) << "with the silence within, without that at the end";
}

TEST_F(HeardAudioTest, EndsASegmentWithLongSilenceThough) {
  Hear(OpusTone(440, 10));
  Hear(std::vector<OpusPacket>(11, kSilence));
  Hear(OpusTone(440, 10));
  EXPECT_EQ(Report()["segments"].size(), 2U);
}

TEST_F(HeardAudioTest, KeepsTheWindowAloneButCountsEverything) {
  Hear(OpusTone(440, 400));
  const Heard heard = heard_.Snapshot();
  EXPECT_EQ(heard.frames.size(), 250U) << "5 s";
  const Json segment = DescribeHeard(heard)["segments"][0];
  EXPECT_EQ(segment["frames"], 400);
  EXPECT_EQ(segment["duration_seconds"], 8.0);
  EXPECT_EQ(segment["analysed_seconds"], 5.0);
}

TEST_F(HeardAudioTest, BoundsWhatIsNoOpus) {
  for (int i = 0; i < 5'000; ++i) Hear(OpusPacket{});
  EXPECT_EQ(heard_.Snapshot().frames.size(), 2'000U);
  EXPECT_EQ(Report()["not_opus"], 5'000);
}

TEST_F(HeardAudioTest, PutsALateFrameWhereItBelongs) {
  const auto tone = OpusTone(440, 5);
  for (const std::uint64_t position : {1, 2, 4, 5, 3}) Put(tone[position - 1], position);
  std::vector<std::uint64_t> positions;
  for (const HeardFrame& frame : heard_.Snapshot().frames) positions.push_back(frame.position);
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

TEST_F(HeardAudioTest, MeasuresJitterAndGaps) {
  Hear(OpusTone(440, 50));
  EXPECT_EQ(Report()["jitter_ms"], 0.0);
  EXPECT_EQ(Report()["longest_gap_ms"], 20.0);
  for (int i = 0; i < 200; ++i) {
    Hear(OpusTone(440, 1));
    clock_.Advance(i % 2 == 0 ? milliseconds(10) : milliseconds(-10));
  }
  EXPECT_NEAR(Report()["jitter_ms"].get<double>(), 10, 0.1);
  EXPECT_EQ(Report()["longest_gap_ms"], 30.0);
}

TEST_F(HeardAudioTest, CountsFramesThatOverlapInTime) {
  const OpusPacket frame = OpusTone(440, 1)[0];
  RtpPacket header;
  heard_.Add(header, 1, frame, clock_.SteadyNow());
  header.timestamp = 480;
  heard_.Add(header, 2, frame, clock_.SteadyNow());
  EXPECT_EQ(Report()["timestamp_errors"], 1);
}

TEST_F(HeardAudioTest, IsAWavWithThePausesIn) {
  Hear(OpusTone(440, 50));
  clock_.Advance(milliseconds(980));
  Hear(OpusTone(440, 50));
  const std::string wav = HeardAsWav(heard_.Snapshot());
  EXPECT_EQ(wav.substr(0, 4), "RIFF");
  EXPECT_EQ(wav.substr(8, 8), "WAVEfmt ");
  std::uint32_t size = 0;
  std::memcpy(&size, wav.data() + 40, sizeof size);
  EXPECT_EQ(size, wav.size() - 44);
  EXPECT_NEAR(static_cast<double>(size) / 4 / kToneSampleRate, 3.0, 1e-9);
}

/// The packets of an Ogg file, read by libogg, which checks the pages' checksums.
std::vector<std::string> OggPackets(const std::string& file) {
  ogg_sync_state sync;
  ogg_sync_init(&sync);
  std::memcpy(ogg_sync_buffer(&sync, static_cast<long>(file.size())), file.data(), file.size());
  ogg_sync_wrote(&sync, static_cast<long>(file.size()));
  ogg_stream_state stream;
  ogg_stream_init(&stream, 1);
  std::vector<std::string> packets;
  ogg_page page;
  ogg_packet packet;
  while (ogg_sync_pageout(&sync, &page) == 1) {
    ogg_stream_pagein(&stream, &page);
    while (ogg_stream_packetout(&stream, &packet) == 1) {
      packets.emplace_back(reinterpret_cast<const char*>(packet.packet), static_cast<std::size_t>(packet.bytes));
    }
  }
  ogg_stream_clear(&stream);
  ogg_sync_clear(&sync);
  return packets;
}

TEST_F(HeardAudioTest, IsAnOggFileOfThePacketsAsTheyCame) {
  const auto tone = OpusTone(440, 120);
  Hear(tone);
  const auto packets = OggPackets(HeardAsOgg(heard_.Snapshot()));
  ASSERT_EQ(packets.size(), 122U);
  EXPECT_EQ(packets[0].substr(0, 8), "OpusHead");
  EXPECT_EQ(packets[0].size(), 19U);
  EXPECT_EQ(packets[1].substr(0, 8), "OpusTags");
  for (std::size_t i = 0; i < tone.size(); ++i) {
    EXPECT_EQ(packets[i + 2], std::string(tone[i].begin(), tone[i].end()));
  }
}

}  // namespace
}  // namespace standin
