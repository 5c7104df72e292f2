#include "guildscope/base/uuid.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <random>
#include <string_view>

namespace guildscope {

std::string NewUuid() {
  std::random_device random;
  const std::array<std::uint32_t, 4> words{random(), random(), random(), random()};
  auto bytes = std::bit_cast<std::array<std::uint8_t, 16>>(words);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 0xf];
  }
  return text;
}

}  // namespace guildscope
