#pragma once

#include <opentelemetry/common/attribute_value.h>
#include <opentelemetry/common/key_value_iterable.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "guildscope/base/redactor.hpp"
#include "guildscope/export/wire_item.hpp"

namespace guildscope::exporting {

/// The attributes of one message: a span, an event, a link, a log record.
struct AttributeList {
  char tag;               ///< Of the field that holds each of them.
  std::size_t limit;      ///< How many there may be.
  std::size_t begin = 0;  ///< From here to the item's end they are looked for, among other fields.
  std::uint32_t count = 0;
  std::uint32_t dropped = 0;
  std::uint64_t marks = 0;  ///< A bit for each key that is there; different keys may have the same.
};

/// Writes OpenTelemetry's attributes into the bytes of an item, within the limits for their length and number.
///
/// Cost: a copy; 5 ns for a short text or an integer. A look at each attribute that is there already is needed only
/// when the key is one of theirs, or has the same mark as one of theirs, as one in 64 has. A string that is too long is
/// redacted before it is cut, so that no half of a secret remains which the redactor would not recognize. Threads: any,
/// for different items.
class WireAttributes {
 public:
  WireAttributes(std::size_t value_length, std::shared_ptr<const Redactor> redactor)
      : value_length_(value_length), redactor_(std::move(redactor)) {}

  /// Sets the attribute, or replaces its value where it stands. One more than the limit is dropped and counted, and so
  /// is one with which the item would have over a gigabyte. What is secret by its name (IsSecretByName) becomes `***`.
  void Set(std::string_view key, const opentelemetry::common::AttributeValue& value, AttributeList& list,
           WireItem& item) const;
  void SetAll(const opentelemetry::common::KeyValueIterable& attributes, AttributeList& list, WireItem& item) const;

  /// Appends a field of type AnyValue, such as a log record's body.
  void AppendValue(char tag, const opentelemetry::common::AttributeValue& value, WireItem& item) const;

 private:
  void SetAny(std::string_view key, const opentelemetry::common::AttributeValue& value, bool is_new,
              AttributeList& list, WireItem& item) const;
  void Append(char tag, std::string_view key, const opentelemetry::common::AttributeValue& value, WireItem& item) const;
  [[nodiscard]] bool TooLong(std::string_view text) const noexcept;
  [[nodiscard]] std::string Cut(std::string_view text) const;

  const std::size_t value_length_;
  const std::shared_ptr<const Redactor> redactor_;
};

/// Where the attribute with this key stands; an empty view when there is none.
[[nodiscard]] std::string_view FindAttribute(std::string_view key, const AttributeList& list,
                                             const WireItem& item) noexcept;

}  // namespace guildscope::exporting
