#pragma once

#include <cstdint>
#include <string_view>

#include "guildscope/base/protobuf_wire.hpp"

namespace guildscope::wire {

/// One field of an encoded message. `value` holds the bytes of a length-delimited field, and of the others as they
/// stand; `whole` has the tag and the length too. Borrows.
struct Field {
  std::uint32_t number = 0;
  Type type = Type::kVarint;
  std::string_view value;
  std::string_view whole;
};

/// Takes a varint from the front of `rest`. False when there is none.
inline bool TakeVarint(std::string_view& rest, std::uint64_t& value) noexcept {
  if (!rest.empty() && static_cast<unsigned char>(rest[0]) < 0x80) {
    value = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    return true;
  }
  value = 0;
  for (std::size_t i = 0; i < rest.size() && i < kLongestVarint; ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

/// Takes a field from the front of `rest`. False at the end, and where the bytes are none of this wire format.
inline bool TakeField(std::string_view& rest, Field& field) noexcept {
  const std::string_view before = rest;
  std::uint64_t tag = 0;
  if (!TakeVarint(rest, tag)) return false;
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.type = static_cast<Type>(tag & 7);
  std::uint64_t size = 0;
  switch (field.type) {
    case Type::kVarint: {
      std::string_view after = rest;
      std::uint64_t value = 0;
      if (!TakeVarint(after, value)) return false;
      size = rest.size() - after.size();
      break;
    }
    case Type::kFixed64:
      size = 8;
      break;
    case Type::kFixed32:
      size = 4;
      break;
    case Type::kLength:
      if (!TakeVarint(rest, size)) return false;
      break;
    default:
      return false;
  }
  if (size > rest.size()) return false;
  field.value = rest.substr(0, size);
  rest.remove_prefix(size);
  field.whole = before.substr(0, before.size() - rest.size());
  return true;
}

}  // namespace guildscope::wire
