#include "apps/discord_standin/voice/rtp.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace standin {
namespace {

using Packet = std::vector<std::uint8_t>;
using Arrival = RtpSequence::Arrival;

/// Version 2, payload type 120, sequence 0x0102, timestamp 0x03040506, ssrc 0x0708090A, and what is given.
Packet Make(std::uint8_t first, const Packet& rest = {}) {
  Packet packet{first, 0x78, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  packet.insert(packet.end(), rest.begin(), rest.end());
  return packet;
}

TEST(ParseRtp, ReadsTheFixedHeader) {
  const auto packet = ParseRtp(Make(0x80));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->payload_type, 120);
  EXPECT_EQ(packet->sequence, 0x0102);
  EXPECT_EQ(packet->timestamp, 0x03040506U);
  EXPECT_EQ(packet->ssrc, 0x0708090AU);
  EXPECT_EQ(packet->header_size, 12U);
  EXPECT_EQ(packet->extension_size, 0U);
}

TEST(ParseRtp, AuthenticatesSourcesAndTheExtensionsPreambleButNotItsBody) {
  // Two contributing sources, then a one-byte-header extension of three words.
  const auto packet = ParseRtp(Make(0x92, {0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 3, 0xFF}));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->header_size, 12U + 8 + 4);
  EXPECT_EQ(packet->extension_size, 12U);
}

TEST(ParseRtp, RefusesWhatIsNoRtp) {
  EXPECT_FALSE(ParseRtp({}));
  EXPECT_FALSE(ParseRtp(Packet(11, 0x80))) << "too short";
  EXPECT_FALSE(ParseRtp(Make(0x40))) << "version 1";
  EXPECT_FALSE(ParseRtp(Make(0x81))) << "a source that is not there";
  EXPECT_FALSE(ParseRtp(Make(0x90, {0xBE, 0xDE}))) << "half an extension";
  Packet rtcp = Make(0x80);
  rtcp[1] = 201;
  EXPECT_FALSE(ParseRtp(rtcp));
}

TEST(AudioOf, CutsOffExtensionAndPadding) {
  RtpPacket packet;
  const Packet plaintext{1, 2, 3, 4, 5, 6, 0, 2};
  EXPECT_EQ(AudioOf(packet, plaintext)->size(), 8U);
  packet.extension_size = 4;
  EXPECT_EQ(AudioOf(packet, plaintext)->size(), 4U);
  packet.padded = true;
  EXPECT_EQ(AudioOf(packet, plaintext)->size(), 2U);
  EXPECT_EQ(AudioOf(packet, plaintext)->front(), 5);
}

TEST(AudioOf, RefusesWhatDoesNotFit) {
  RtpPacket packet;
  packet.padded = true;
  EXPECT_FALSE(AudioOf(packet, {}));
  EXPECT_FALSE(AudioOf(packet, Packet{1, 2, 0})) << "padding of no bytes";
  EXPECT_FALSE(AudioOf(packet, Packet{1, 2, 4})) << "padding longer than the payload";
  packet.extension_size = 4;
  EXPECT_FALSE(AudioOf(packet, Packet{1, 2, 3}));
}

TEST(RtpSequence, CountsNothingLostInOrderAndOverTheWrap) {
  RtpSequence sequence;
  std::uint64_t last = sequence.Add(65'533).position;
  for (const std::uint16_t number : {65'534, 65'535, 0, 1}) {
    const auto result = sequence.Add(number);
    EXPECT_EQ(result.arrival, Arrival::kInOrder);
    EXPECT_EQ(result.newly_lost, 0);
    EXPECT_EQ(result.position, ++last);
  }
}

TEST(RtpSequence, TakesAPacketBackFromTheLostWhenItComesLate) {
  RtpSequence sequence;
  (void)sequence.Add(10);
  EXPECT_EQ(sequence.Add(14).newly_lost, 3);
  const auto late = sequence.Add(12);
  EXPECT_EQ(late.arrival, Arrival::kLate);
  EXPECT_EQ(late.newly_lost, -1);
  EXPECT_EQ(sequence.Add(12).arrival, Arrival::kDuplicate);
  EXPECT_EQ(sequence.Add(15).newly_lost, 0);
}

TEST(RtpSequence, HasNotLostWhatComesFromBeforeTheFirst) {
  RtpSequence sequence;
  (void)sequence.Add(10);
  EXPECT_EQ(sequence.Add(9).newly_lost, 0);
  EXPECT_EQ(sequence.Add(9).arrival, Arrival::kDuplicate);
  EXPECT_EQ(sequence.Add(6).newly_lost, 2);
  EXPECT_EQ(sequence.Add(7).newly_lost, -1);
  EXPECT_EQ(sequence.Add(8).newly_lost, -1);
}

TEST(RtpSequence, KnowsARepetition) {
  RtpSequence sequence;
  (void)sequence.Add(10);
  EXPECT_EQ(sequence.Add(10).arrival, Arrival::kDuplicate);
  (void)sequence.Add(11);
  EXPECT_EQ(sequence.Add(10).arrival, Arrival::kDuplicate);
  (void)sequence.Add(200);
  const auto forgotten = sequence.Add(100);
  EXPECT_EQ(forgotten.arrival, Arrival::kDuplicate) << "too long ago to know";
  EXPECT_EQ(forgotten.newly_lost, 0);
}

TEST(RtpSequence, BeginsAnewAfterAJump) {
  RtpSequence sequence;
  const auto first = sequence.Add(30'000);
  const auto jump = sequence.Add(100);
  EXPECT_EQ(jump.arrival, Arrival::kInOrder);
  EXPECT_EQ(jump.newly_lost, 0);
  EXPECT_GT(jump.position, first.position) << "what came later stays later";
  EXPECT_EQ(sequence.Add(101).position, jump.position + 1);
}

}  // namespace
}  // namespace standin
