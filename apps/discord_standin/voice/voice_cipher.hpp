#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/discord_standin/voice/rtp.hpp"

struct evp_cipher_ctx_st;

namespace standin {

/// The transport encryption of voice that Discord requires of every client, by the names of its `modes`.
enum class VoiceMode { kAes256Gcm, kXChaCha20Poly1305 };

inline constexpr std::array<std::string_view, 2> kVoiceModes{"aead_aes256_gcm_rtpsize",
                                                             "aead_xchacha20_poly1305_rtpsize"};

[[nodiscard]] std::optional<VoiceMode> VoiceModeNamed(std::string_view name);

using VoiceKey = std::array<std::uint8_t, 32>;

/// Opens and closes RTP packets with one session's key. A packet is header, ciphertext, 16 bytes of tag, and the four
/// bytes that begin the nonce, whose rest is zero.
///
/// Cost: about 1 us a packet of 20 ms; no allocation but the plaintext's growth. Threads: one.
class VoiceCipher {
 public:
  /// Throws std::runtime_error when the machine's OpenSSL or libsodium cannot do it.
  VoiceCipher(VoiceMode mode, const VoiceKey& key);

  /// Fills `plaintext` with what lies behind the first `header_size` bytes; false when it is not of this key.
  [[nodiscard]] bool Open(Bytes packet, std::size_t header_size, std::vector<std::uint8_t>& plaintext);

  /// The packet that a client would send; for tests, which are the other side.
  [[nodiscard]] std::vector<std::uint8_t> Seal(Bytes header, Bytes plaintext, std::uint32_t nonce);

  [[nodiscard]] VoiceMode mode() const { return mode_; }

 private:
  using Context = std::unique_ptr<evp_cipher_ctx_st, void (*)(evp_cipher_ctx_st*)>;

  [[nodiscard]] bool OpenGcm(Bytes header, Bytes sealed, const std::uint8_t* nonce, std::uint8_t* plaintext);

  VoiceMode mode_;
  VoiceKey key_;
  Context gcm_;
};

}  // namespace standin
