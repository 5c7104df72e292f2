#include "guildscope/export/wire_cleaner.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "guildscope/base/utf8.hpp"
#include "guildscope/export/wire_reader.hpp"

namespace guildscope::exporting {
namespace {

enum class Holds { kOther, kText, kKey, kMessage };

struct Rule {
  WireMessage in;
  std::uint32_t field;
  Holds holds;
  WireMessage message = WireMessage::kNone;
};

// opentelemetry-proto 1.5: trace.proto, logs.proto, common.proto. What is not here holds no text.
constexpr std::array kRules{
    Rule{WireMessage::kSpan, 3, Holds::kText},
    Rule{WireMessage::kSpan, 5, Holds::kText},
    Rule{WireMessage::kSpan, 9, Holds::kMessage, WireMessage::kKeyValue},
    Rule{WireMessage::kSpan, 11, Holds::kMessage, WireMessage::kEvent},
    Rule{WireMessage::kSpan, 13, Holds::kMessage, WireMessage::kLink},
    Rule{WireMessage::kSpan, 15, Holds::kMessage, WireMessage::kStatus},
    Rule{WireMessage::kEvent, 2, Holds::kText},
    Rule{WireMessage::kEvent, 3, Holds::kMessage, WireMessage::kKeyValue},
    Rule{WireMessage::kLink, 3, Holds::kText},
    Rule{WireMessage::kLink, 4, Holds::kMessage, WireMessage::kKeyValue},
    Rule{WireMessage::kStatus, 2, Holds::kText},
    Rule{WireMessage::kLogRecord, 3, Holds::kText},
    Rule{WireMessage::kLogRecord, 5, Holds::kMessage, WireMessage::kAnyValue},
    Rule{WireMessage::kLogRecord, 6, Holds::kMessage, WireMessage::kKeyValue},
    Rule{WireMessage::kLogRecord, 12, Holds::kText},
    Rule{WireMessage::kKeyValue, 1, Holds::kKey},
    Rule{WireMessage::kKeyValue, 2, Holds::kMessage, WireMessage::kAnyValue},
    Rule{WireMessage::kAnyValue, 1, Holds::kText},
    Rule{WireMessage::kAnyValue, 5, Holds::kMessage, WireMessage::kArrayValue},
    Rule{WireMessage::kAnyValue, 6, Holds::kMessage, WireMessage::kKeyValueList},
    Rule{WireMessage::kArrayValue, 1, Holds::kMessage, WireMessage::kAnyValue},
    Rule{WireMessage::kKeyValueList, 1, Holds::kMessage, WireMessage::kKeyValue},
};

struct What {
  Holds holds = Holds::kOther;
  WireMessage message = WireMessage::kNone;
};

constexpr std::size_t kFields = 16;
constexpr auto kTable = [] {
  std::array<std::array<What, kFields>, static_cast<std::size_t>(WireMessage::kKeyValueList) + 1> table{};
  for (const Rule& rule : kRules) table[static_cast<std::size_t>(rule.in)][rule.field] = {rule.holds, rule.message};
  return table;
}();

What WhatIsIn(WireMessage message, const wire::Field& field) noexcept {
  if (field.type != wire::Type::kLength || field.number >= kFields) return {};
  return kTable[static_cast<std::size_t>(message)][field.number];
}

}  // namespace

bool IsAscii(std::string_view bytes) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
  std::uint64_t all = 0;
  std::size_t at = 0;
  for (; at + sizeof all <= bytes.size(); at += sizeof all) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    all |= word;
  }
  for (; at < bytes.size(); ++at) all |= static_cast<unsigned char>(bytes[at]);
  return (all & kHighBits) == 0;
}

bool HasOnlyUtf8(WireMessage message, std::string_view bytes) noexcept {
  wire::Field field;
  while (wire::TakeField(bytes, field)) {
    const What what = WhatIsIn(message, field);
    if (what.holds == Holds::kOther) continue;
    const bool good = what.holds == Holds::kMessage ? HasOnlyUtf8(what.message, field.value)
                                                    : IsAscii(field.value) || IsUtf8(field.value);
    if (!good) return false;
  }
  return true;
}

void WireCleaner::AppendText(std::string_view text, bool is_key, std::string& out) const {
  std::string clean = IsUtf8(text) ? std::string(text) : ToUtf8(text);
  if (redactor_ && !is_key) clean = redactor_->Redact(clean);
  std::array<char, wire::kLongestVarint> length{};
  out.append(length.data(), wire::PutVarint(length.data(), clean.size()));
  out += clean;
}

void WireCleaner::AppendClean(WireMessage message, std::string_view bytes, std::string& out) const {
  wire::Field field;
  while (wire::TakeField(bytes, field)) {
    const What what = WhatIsIn(message, field);
    if (what.holds == Holds::kOther) {
      out += field.whole;
      continue;
    }
    out += wire::Tag(field.number, wire::Type::kLength);
    if (what.holds != Holds::kMessage) {
      AppendText(field.value, what.holds == Holds::kKey, out);
      continue;
    }
    const std::size_t length_at = out.size();
    out.append(wire::kLengthBytes, '\0');
    AppendClean(what.message, field.value, out);
    wire::PatchLength(out.data() + length_at, out.size() - length_at - wire::kLengthBytes);
  }
}

std::string_view WireCleaner::Clean(WireMessage message, const WireItem& item, std::string& scratch) const {
  const bool utf8 = IsAscii(item.text_part()) || HasOnlyUtf8(message, item.bytes());
  const bool has_secret = redactor_ && redactor_->NeedsRedaction(item.bytes());
  if (utf8 && !has_secret) return item.bytes();
  scratch.clear();
  AppendClean(message, item.bytes(), scratch);
  return scratch;
}

}  // namespace guildscope::exporting
