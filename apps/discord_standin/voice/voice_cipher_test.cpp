#include "apps/discord_standin/voice/voice_cipher.hpp"

#include <gtest/gtest.h>

#include <string>

namespace standin {
namespace {

using Packet = std::vector<std::uint8_t>;

constexpr std::size_t kHeader = 12;

Packet FromHex(const std::string& hex) {
  Packet bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

VoiceKey CountingKey() {
  VoiceKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return key;
}

/// RTP sequence 1, timestamp 960, ssrc 42, silence, nonce 01020304, key 00 to 1F. Made with node's aes-256-gcm, and
/// with its chacha20-poly1305 under a HChaCha20 that passes the vectors of draft-irtf-cfrg-xchacha.
Packet KnownPacket(VoiceMode mode) {
  const std::string header = "80780001000003c00000002a";
  return FromHex(header + (mode == VoiceMode::kAes256Gcm ? "d9aa235cbd186f3faee2b497c48e1d47930c8e01020304"
                                                         : "8e97ee8793724b8cb7575b922553e2a131de0901020304"));
}

class VoiceCipherTest : public ::testing::TestWithParam<VoiceMode> {
 protected:
  VoiceCipher cipher{GetParam(), CountingKey()};
  Packet plaintext;
};

TEST_P(VoiceCipherTest, OpensWhatAnotherImplementationSealed) {
  ASSERT_TRUE(cipher.Open(KnownPacket(GetParam()), kHeader, plaintext));
  EXPECT_EQ(plaintext, FromHex("f8fffe"));
}

TEST_P(VoiceCipherTest, SealsAsAnotherImplementationDoes) {
  const Packet known = KnownPacket(GetParam());
  EXPECT_EQ(cipher.Seal(Bytes(known).first(kHeader), FromHex("f8fffe"), 0x01020304), known);
}

TEST_P(VoiceCipherTest, OpensOneAfterAnother) {
  for (std::uint32_t nonce = 0; nonce < 100; ++nonce) {
    const Packet audio(nonce * 13, static_cast<std::uint8_t>(nonce));
    const Packet sealed = cipher.Seal(Bytes(KnownPacket(GetParam())).first(kHeader), audio, nonce);
    ASSERT_TRUE(cipher.Open(sealed, kHeader, plaintext)) << nonce;
    EXPECT_EQ(plaintext, audio);
  }
}

TEST_P(VoiceCipherTest, RefusesAPacketThatWasChangedAnywhere) {
  const Packet known = KnownPacket(GetParam());
  for (std::size_t i = 0; i < known.size(); ++i) {
    Packet changed = known;
    changed[i] ^= 1U;
    EXPECT_FALSE(cipher.Open(changed, kHeader, plaintext)) << "byte " << i;
    EXPECT_TRUE(plaintext.empty());
  }
}

TEST_P(VoiceCipherTest, RefusesOtherKeysAndShortPackets) {
  VoiceKey other = CountingKey();
  other[31] = 0;
  EXPECT_FALSE(VoiceCipher(GetParam(), other).Open(KnownPacket(GetParam()), kHeader, plaintext));
  const Packet known = KnownPacket(GetParam());
  for (std::size_t size = kHeader; size < known.size(); ++size) {
    EXPECT_FALSE(cipher.Open(Bytes(known).first(size), kHeader, plaintext)) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, VoiceCipherTest,
                         ::testing::Values(VoiceMode::kAes256Gcm, VoiceMode::kXChaCha20Poly1305), [](const auto& mode) {
                           return mode.param == VoiceMode::kAes256Gcm ? "Aes256Gcm" : "XChaCha20Poly1305";
                         });

TEST(VoiceCipher, OpensTheVectorOfTheGcmSpecification) {
  // Test case 14 of McGrew and Viega's specification: key, nonce and plaintext all zero.
  VoiceCipher cipher(VoiceMode::kAes256Gcm, VoiceKey{});
  Packet plaintext;
  ASSERT_TRUE(
      cipher.Open(FromHex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab91900000000"), 0, plaintext));
  EXPECT_EQ(plaintext, Packet(16, 0));
}

TEST(VoiceMode, IsFoundByDiscordsName) {
  EXPECT_EQ(VoiceModeNamed("aead_aes256_gcm_rtpsize"), VoiceMode::kAes256Gcm);
  EXPECT_EQ(VoiceModeNamed("aead_xchacha20_poly1305_rtpsize"), VoiceMode::kXChaCha20Poly1305);
  EXPECT_FALSE(VoiceModeNamed("xsalsa20_poly1305")) << "no longer spoken";
}

}  // namespace
}  // namespace standin
