#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

/// Protocol Buffers' wire format (protobuf.dev, "Encoding"), written by hand into memory that is large enough: what the
/// formats with a hundred thousand small messages are made of. Each Put returns where the next one goes.
namespace guildscope::wire {

enum class Type : std::uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

/// A field's first byte; good for field numbers up to 15. Those from 16 on have two: see PutVarint.
[[nodiscard]] constexpr char Tag(unsigned field, Type type) noexcept {
  return static_cast<char>(field << 3 | static_cast<unsigned>(type));
}

inline constexpr std::size_t kLongestVarint = 10;
inline constexpr std::size_t kFixed64Bytes = 9;  // with its tag

[[nodiscard]] constexpr std::size_t VarintSize(std::uint64_t value) noexcept {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

[[nodiscard]] constexpr std::uint64_t ZigZag(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

inline char* PutVarint(char* to, std::uint64_t value) noexcept {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

/// As memcpy, for the few dozen bytes that most texts have: two moves that overlap, where a call takes longer.
inline void CopyText(char* to, const char* from, std::size_t size) noexcept {
  const auto twice = [&]<std::size_t kSize>(std::integral_constant<std::size_t, kSize>) {
    char first[kSize];
    char last[kSize];
    std::memcpy(first, from, kSize);
    std::memcpy(last, from + size - kSize, kSize);
    std::memcpy(to, first, kSize);
    std::memcpy(to + size - kSize, last, kSize);
  };
  if (size > 64) {
    std::memcpy(to, from, size);
  } else if (size > 32) {
    twice(std::integral_constant<std::size_t, 32>());
  } else if (size >= 16) {
    twice(std::integral_constant<std::size_t, 16>());
  } else if (size >= 8) {
    twice(std::integral_constant<std::size_t, 8>());
  } else if (size >= 4) {
    twice(std::integral_constant<std::size_t, 4>());
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

inline char* PutBytes(char* to, std::string_view bytes) noexcept {
  CopyText(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

inline char* PutFixed64(char* to, std::uint64_t value) noexcept {
  static_assert(std::endian::native == std::endian::little, "the wire format is little-endian");
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

inline char* PutFixed32(char* to, std::uint32_t value) noexcept {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

inline char* PutFixed64(char* to, char tag, std::uint64_t value) noexcept {
  *to = tag;
  return PutFixed64(to + 1, value);
}

inline char* PutDouble(char* to, char tag, double value) noexcept {
  return PutFixed64(to, tag, std::bit_cast<std::uint64_t>(value));
}

inline char* PutVarint(char* to, char tag, std::uint64_t value) noexcept {
  *to = tag;
  return PutVarint(to + 1, value);
}

/// A string, bytes, or a message that is encoded already.
inline char* PutString(char* to, char tag, std::string_view bytes) noexcept {
  return PutBytes(PutVarint(to, tag, bytes.size()), bytes);
}

/// Of a PutString.
[[nodiscard]] constexpr std::size_t StringSize(std::size_t bytes) noexcept { return 1 + VarintSize(bytes) + bytes; }

/// Room for the length of a message that is not known before the message is written. A varint may be longer than it
/// must be, so it is filled up: five bytes carry every length that a message may have (2 GiB).
inline constexpr std::size_t kLengthBytes = 5;
inline void PatchLength(char* at, std::size_t length) noexcept {
  for (std::size_t i = 0; i + 1 < kLengthBytes; ++i, length >>= 7) at[i] = static_cast<char>(length | 0x80);
  at[kLengthBytes - 1] = static_cast<char>(length & 0x7F);
}

}  // namespace guildscope::wire
