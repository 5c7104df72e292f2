#include "guildscope/export/wire_attributes.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <stdexcept>
#include <type_traits>

#include "guildscope/base/utf8.hpp"
#include "guildscope/export/otlp_record_fields.hpp"
#include "guildscope/export/wire_reader.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace fields = otlp_fields;

/// A scalar as AnyValue has it: how many bytes it takes, and how they are written.
struct Scalar {
  char tag = fields::kStringValue;
  std::uint64_t bits = 0;  // unless it is text
  std::string_view text;

  [[nodiscard]] std::size_t size() const noexcept {
    if (tag == fields::kStringValue || tag == fields::kBytesValue) return wire::StringSize(text.size());
    return tag == fields::kDoubleValue ? wire::kFixed64Bytes : 1 + wire::VarintSize(bits);
  }
  char* Put(char* to) const noexcept {
    if (tag == fields::kStringValue || tag == fields::kBytesValue) return wire::PutString(to, tag, text);
    return tag == fields::kDoubleValue ? wire::PutFixed64(to, tag, bits) : wire::PutVarint(to, tag, bits);
  }
};

/// Memory for an integer that OTLP can only have as text.
using Digits = std::array<char, 20>;

/// OTLP's integers are signed; what does not fit is written as text rather than as a wrong number.
Scalar Unsigned(std::uint64_t value, Digits& digits) noexcept {
  if (value <= static_cast<std::uint64_t>(INT64_MAX)) return {fields::kIntValue, value, {}};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {fields::kStringValue, 0, {digits.data(), static_cast<std::size_t>(end - digits.data())}};
}

template <typename Value>
Scalar ToScalar(const Value& value, Digits& digits) noexcept {
  if constexpr (std::is_same_v<Value, bool>) {
    return {fields::kBoolValue, value ? 1U : 0U, {}};
  } else if constexpr (std::is_floating_point_v<Value>) {
    return {fields::kDoubleValue, std::bit_cast<std::uint64_t>(value), {}};
  } else if constexpr (std::is_integral_v<Value> && std::is_signed_v<Value>) {
    return {fields::kIntValue, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)), {}};
  } else if constexpr (std::is_integral_v<Value>) {
    return Unsigned(value, digits);
  } else if constexpr (std::is_same_v<Value, const char*>) {
    return {fields::kStringValue, 0, value == nullptr ? std::string_view() : std::string_view(value)};
  } else {
    return {fields::kStringValue, 0, {value.data(), value.size()}};
  }
}

template <typename Value>
constexpr bool kIsScalar = std::is_arithmetic_v<Value> || std::is_same_v<Value, const char*> ||
                           std::is_same_v<Value, otel::nostd::string_view>;

/// No collector takes half of what a protocol buffer may have. What is more is dropped and counted, so that there is
/// room for what is not an attribute.
constexpr std::size_t kMostBytes = 0x4000'0000;

const otel::common::AttributeValue kHidden = otel::nostd::string_view("***");

/// What nearly every attribute is: so short that each of its lengths is one byte.
constexpr std::size_t kShort = 0x80 - 4;

/// The beginning of an attribute up to its value, which takes `any` bytes.
char* PutShortKey(char* to, char tag, std::string_view key, std::size_t any) noexcept {
  *to++ = tag;
  *to++ = static_cast<char>(4 + key.size() + any);
  *to++ = fields::kKey;
  *to++ = static_cast<char>(key.size());
  to = wire::PutBytes(to, key);
  *to++ = fields::kValue;
  *to++ = static_cast<char>(any);
  return to;
}

char* PutShortText(char* to, std::string_view text) noexcept {
  *to++ = fields::kStringValue;
  *to++ = static_cast<char>(text.size());
  return wire::PutBytes(to, text);
}

/// False when the value is something else than text.
bool TextIn(const otel::common::AttributeValue& value, std::string_view& text) noexcept {
  if (const auto* const view = otel::nostd::get_if<otel::nostd::string_view>(&value)) {
    text = {view->data(), view->size()};
    return true;
  }
  const auto* const literal = otel::nostd::get_if<const char*>(&value);
  if (literal == nullptr || *literal == nullptr) return false;
  text = *literal;
  return true;
}

/// One bit, by which most keys are known to be new without looking at those that are there.
std::uint64_t Mark(std::string_view key) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(key[i])); };
  const std::uint64_t parts = key.size() << 24 | at(0) << 16 | at(key.size() / 2) << 8 | at(key.size() - 1);
  constexpr std::uint64_t kGoldenRatio = 0x9E37'79B9'7F4A'7C15;  // spreads them over the highest bits
  return std::uint64_t{1} << (parts * kGoldenRatio >> 58);
}

/// An attribute with a key, or a value alone, whose size is known.
void AppendScalar(char tag, const std::string_view* key, const Scalar& value, WireItem& item) {
  const std::size_t any = value.size();
  const std::size_t size = key == nullptr ? any : wire::StringSize(key->size()) + wire::StringSize(any);
  char* to = item.Reserve(wire::StringSize(size));
  to = wire::PutVarint(to, tag, size);
  if (key != nullptr) {
    to = wire::PutString(to, fields::kKey, *key);
    to = wire::PutVarint(to, fields::kValue, any);
  }
  item.Commit(value.Put(to));
}

/// What most attributes are: text or an integer, and short. False when it is something else.
bool AppendShort(char tag, std::string_view key, const otel::common::AttributeValue& value, std::size_t value_length,
                 WireItem& item) {
  std::string_view text;
  if (const auto* const integer = otel::nostd::get_if<std::int64_t>(&value)) {
    const auto bits = static_cast<std::uint64_t>(*integer);
    const std::size_t any = 1 + wire::VarintSize(bits);
    if (key.size() + any >= kShort) return false;
    char* const to = PutShortKey(item.Reserve(kShort + 8), tag, key, any);
    item.Commit(wire::PutVarint(to, fields::kIntValue, bits));
    return true;
  }
  if (!TextIn(value, text) || text.size() > std::min(value_length, kShort)) return false;
  const std::size_t any = 2 + text.size();
  if (key.size() + any >= kShort) return false;
  item.Commit(PutShortText(PutShortKey(item.Reserve(kShort + 8), tag, key, any), text));
  return true;
}

}  // namespace

bool WireAttributes::TooLong(std::string_view text) const noexcept {
  return text.size() > value_length_ && Utf8Prefix(text, value_length_).size() < text.size();
}

std::string WireAttributes::Cut(std::string_view text) const {
  const std::string safe = redactor_ ? redactor_->Redact(text) : std::string(text);
  return std::string(Utf8Prefix(safe, value_length_));
}

void WireAttributes::Append(char tag, std::string_view key, const otel::common::AttributeValue& value,
                            WireItem& item) const {
  const std::string_view* const named = key.data() == nullptr ? nullptr : &key;
  otel::nostd::visit(
      [&](const auto& v) {
        using Value = std::decay_t<decltype(v)>;
        const auto write = [&](char to_tag, const std::string_view* name, Scalar scalar) {
          if (scalar.tag != fields::kStringValue || !TooLong(scalar.text))
            return AppendScalar(to_tag, name, scalar, item);
          const std::string cut = Cut(scalar.text);
          scalar.text = cut;
          AppendScalar(to_tag, name, scalar, item);
        };
        Digits digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): only read where it was written
        if constexpr (kIsScalar<Value>) {
          write(tag, named, ToScalar(v, digits));
        } else if constexpr (std::is_same_v<Value, otel::nostd::span<const std::uint8_t>>) {
          const std::string_view bytes(reinterpret_cast<const char*>(v.data()),
                                       std::min<std::size_t>(v.size(), value_length_));
          AppendScalar(tag, named, {fields::kBytesValue, 0, bytes}, item);
        } else {
          const std::size_t outer = OpenMessage(tag, item);
          std::size_t inner = outer;
          if (named != nullptr) {
            item.Commit(wire::PutString(item.Reserve(wire::StringSize(key.size())), fields::kKey, key));
            inner = OpenMessage(fields::kValue, item);
          }
          const std::size_t array = OpenMessage(fields::kArrayValue, item);
          for (const auto& element : v) {
            write(fields::kArrayElement, nullptr,
                  ToScalar(static_cast<std::decay_t<decltype(element)>>(element), digits));
          }
          CloseMessage(array, item);
          if (named != nullptr) CloseMessage(inner, item);
          CloseMessage(outer, item);
        }
      },
      value);
}

void WireAttributes::AppendValue(char tag, const otel::common::AttributeValue& value, WireItem& item) const {
  std::string_view text;
  if (TextIn(value, text) && text.size() <= std::min(value_length_, kShort)) {
    char* to = item.Reserve(kShort + 4);
    *to++ = tag;
    *to++ = static_cast<char>(2 + text.size());
    return item.Commit(PutShortText(to, text));
  }
  Append(tag, {}, value, item);
}

void WireAttributes::Set(std::string_view key, const otel::common::AttributeValue& value, AttributeList& list,
                         WireItem& item) const {
  if (key.empty()) return;
  const std::uint64_t mark = Mark(key);
  const bool is_new = (list.marks & mark) == 0;
  if (is_new && list.count < list.limit && !IsSecretByName(key) && item.size() < kMostBytes / 2 &&
      AppendShort(list.tag, key, value, value_length_, item)) {
    ++list.count;
  } else {
    SetAny(key, value, is_new, list, item);
  }
  list.marks |= mark;
}

void WireAttributes::SetAny(std::string_view key, const otel::common::AttributeValue& value, bool is_new,
                            AttributeList& list, WireItem& item) const {
  const std::string_view known = is_new ? std::string_view() : FindAttribute(key, list, item);
  if (known.empty() && list.count >= list.limit) {
    ++list.dropped;
    return;
  }
  const std::size_t end = item.size();
  const std::size_t at = known.empty() ? end : static_cast<std::size_t>(known.data() - item.data());
  bool fits = true;
  try {
    Append(list.tag, key, IsSecretByName(key) ? kHidden : value, item);
    fits = item.size() <= kMostBytes;
  } catch (const std::length_error&) {
    fits = false;
  }
  if (!fits) {
    item.Truncate(end);
    ++list.dropped;
  } else if (known.empty()) {
    ++list.count;
  } else {
    item.MoveBack(end, at, known.size());
  }
}

void WireAttributes::SetAll(const otel::common::KeyValueIterable& attributes, AttributeList& list,
                            WireItem& item) const {
  attributes.ForEachKeyValue([&](otel::nostd::string_view key, const otel::common::AttributeValue& value) noexcept {
    Set({key.data(), key.size()}, value, list, item);
    return true;
  });
}

std::string_view FindAttribute(std::string_view key, const AttributeList& list, const WireItem& item) noexcept {
  std::string_view rest = item.bytes().substr(list.begin);
  // Nearly all is short and has a length: attributes (AppendShort), and what stands between them, as a log's body does.
  // Most attributes have a key of another length.
  constexpr int kWireType = 7;
  while (rest.size() > 4 && (rest[0] & kWireType) == static_cast<int>(wire::Type::kLength) && (rest[0] & 0x80) == 0 &&
         (rest[1] & 0x80) == 0) {
    const std::size_t size = 2 + static_cast<std::size_t>(rest[1]);
    if (rest[0] == list.tag && static_cast<unsigned char>(rest[3]) == key.size() && rest.substr(4).starts_with(key)) {
      return rest.substr(0, size);
    }
    if (size > rest.size()) break;
    rest.remove_prefix(size);
  }
  const auto number = static_cast<std::uint32_t>(static_cast<unsigned char>(list.tag) >> 3);
  wire::Field field;
  while (wire::TakeField(rest, field)) {
    if (field.number != number) continue;
    std::string_view entry = field.value.substr(1);
    std::uint64_t size = 0;
    if (wire::TakeVarint(entry, size) && size == key.size() && entry.starts_with(key)) return field.whole;
  }
  return {};
}

}  // namespace guildscope::exporting
