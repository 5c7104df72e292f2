#pragma once

#include <cstdint>
#include <vector>

#include "apps/discord_standin/voice/voice_cipher.hpp"

namespace standin {

/// For tests: the sending half of a voice client.
class RtpSender {
 public:
  RtpSender(std::uint32_t ssrc, VoiceMode mode, const VoiceKey& key) : ssrc_(ssrc), cipher_(mode, key) {}

  /// The next packet, with 20 ms of sound.
  std::vector<std::uint8_t> Next(Bytes opus) {
    const std::vector<std::uint8_t> header = Header(0x80);
    return cipher_.Seal(header, opus, ++nonce_);
  }

  /// The same behind an extension of one word, whose body is encrypted, and with four bytes of padding.
  std::vector<std::uint8_t> NextWithExtensionAndPadding(Bytes opus) {
    std::vector<std::uint8_t> header = Header(0xB0);
    header.insert(header.end(), {0xBE, 0xDE, 0, 1});
    std::vector<std::uint8_t> body{0x10, 0xFF, 0, 0};
    body.insert(body.end(), opus.begin(), opus.end());
    body.insert(body.end(), {0, 0, 0, 4});
    return cipher_.Seal(header, body, ++nonce_);
  }

  /// As if packets had been sent that got lost.
  void Skip(std::uint16_t packets) {
    sequence_ = static_cast<std::uint16_t>(sequence_ + packets);
    timestamp_ += packets * kFrame;
  }

 private:
  static constexpr std::uint32_t kFrame = 960;

  std::vector<std::uint8_t> Header(std::uint8_t first) {
    Skip(1);
    std::vector<std::uint8_t> header{first, 0x78};
    const auto append = [&](std::uint32_t value, unsigned bytes) {
      for (unsigned i = bytes; i > 0; --i) header.push_back(static_cast<std::uint8_t>(value >> 8 * (i - 1)));
    };
    append(sequence_, 2);
    append(timestamp_, 4);
    append(ssrc_, 4);
    return header;
  }

  const std::uint32_t ssrc_;
  VoiceCipher cipher_;
  std::uint16_t sequence_ = 65'500;  ///< Soon at the wrap.
  std::uint32_t timestamp_ = 0;
  std::uint32_t nonce_ = 0;
};

}  // namespace standin
