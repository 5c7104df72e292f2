#include "apps/discord_standin/voice/voice_cipher.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace standin {
namespace {

constexpr std::size_t kTag = 16;
constexpr std::size_t kNoncePrefix = 4;
constexpr std::size_t kLongestNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(kTag == crypto_aead_xchacha20poly1305_ietf_ABYTES);

using Nonce = std::array<std::uint8_t, kLongestNonce>;

}  // namespace

std::optional<VoiceMode> VoiceModeNamed(std::string_view name) {
  if (name == kVoiceModes[0]) return VoiceMode::kAes256Gcm;
  if (name == kVoiceModes[1]) return VoiceMode::kXChaCha20Poly1305;
  return std::nullopt;
}

VoiceCipher::VoiceCipher(VoiceMode mode, const VoiceKey& key)
    : mode_(mode), key_(key), gcm_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free) {
  const bool good = mode == VoiceMode::kXChaCha20Poly1305
                        ? sodium_init() >= 0
                        : gcm_ && EVP_DecryptInit_ex(gcm_.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nullptr) == 1;
  if (!good) throw std::runtime_error("voice encryption cannot be set up");
}

bool VoiceCipher::OpenGcm(Bytes header, Bytes sealed, const std::uint8_t* nonce, std::uint8_t* plaintext) {
  const std::size_t size = sealed.size() - kTag;
  std::array<std::uint8_t, kTag> tag{};
  std::copy_n(sealed.data() + size, kTag, tag.data());
  EVP_CIPHER_CTX* context = gcm_.get();
  int length = 0;
  return EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce) == 1 &&
         EVP_DecryptUpdate(context, nullptr, &length, header.data(), static_cast<int>(header.size())) == 1 &&
         EVP_DecryptUpdate(context, plaintext, &length, sealed.data(), static_cast<int>(size)) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(context, plaintext + size, &length) == 1;
}

bool VoiceCipher::Open(Bytes packet, std::size_t header_size, std::vector<std::uint8_t>& plaintext) {
  if (packet.size() < header_size + kTag + kNoncePrefix) return false;
  const Bytes header = packet.first(header_size);
  const Bytes sealed = packet.subspan(header_size, packet.size() - header_size - kNoncePrefix);
  Nonce nonce{};
  std::copy_n(packet.data() + packet.size() - kNoncePrefix, kNoncePrefix, nonce.data());
  plaintext.resize(sealed.size());  // A tag's length more than needed, so that no pointer into it is past its end.
  const bool good =
      mode_ == VoiceMode::kAes256Gcm
          ? OpenGcm(header, sealed, nonce.data(), plaintext.data())
          : crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                       header.data(), header.size(), nonce.data(), key_.data()) == 0;
  plaintext.resize(good ? sealed.size() - kTag : 0);
  return good;
}

std::vector<std::uint8_t> VoiceCipher::Seal(Bytes header, Bytes plaintext, std::uint32_t counter) {
  Nonce nonce{};
  for (std::size_t i = 0; i < kNoncePrefix; ++i) nonce[i] = static_cast<std::uint8_t>(counter >> (24 - 8 * i));
  std::vector<std::uint8_t> packet(header.begin(), header.end());
  packet.resize(header.size() + plaintext.size() + kTag);
  std::uint8_t* const sealed = packet.data() + header.size();
  if (mode_ == VoiceMode::kXChaCha20Poly1305) {
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, nullptr, plaintext.data(), plaintext.size(), header.data(),
                                               header.size(), nullptr, nonce.data(), key_.data());
  } else {
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int length = 0;
    EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce.data());
    EVP_EncryptUpdate(context.get(), nullptr, &length, header.data(), static_cast<int>(header.size()));
    EVP_EncryptUpdate(context.get(), sealed, &length, plaintext.data(), static_cast<int>(plaintext.size()));
    EVP_EncryptFinal_ex(context.get(), sealed + length, &length);
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, sealed + plaintext.size());
  }
  packet.insert(packet.end(), nonce.begin(), nonce.begin() + kNoncePrefix);
  return packet;
}

}  // namespace standin
