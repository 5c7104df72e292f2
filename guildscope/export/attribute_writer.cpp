#include "guildscope/export/attribute_writer.hpp"

#include <algorithm>
#include <type_traits>

#include "guildscope/base/utf8.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
using otel::proto::common::v1::AnyValue;

/// OTLP's integers are signed; what does not fit is written as text rather than as a wrong number.
void WriteNumber(std::uint64_t value, AnyValue& out) {
  if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
    out.set_int_value(static_cast<std::int64_t>(value));
  } else {
    out.set_string_value(std::to_string(value));
  }
}

}  // namespace

std::string AttributeWriter::Cut(std::string_view text) const {
  if (text.size() <= value_length_ || Utf8Prefix(text, value_length_).size() == text.size()) return std::string(text);
  const std::string safe = redactor_ ? redactor_->Redact(text) : std::string(text);
  return std::string(Utf8Prefix(safe, value_length_));
}

void AttributeWriter::Write(const otel::common::AttributeValue& value, AnyValue& out) const {
  otel::nostd::visit(
      [this, &out](const auto& v) {
        using Value = std::decay_t<decltype(v)>;
        const auto one = [this](const auto& element, AnyValue& to) {
          using Element = std::decay_t<decltype(element)>;
          if constexpr (std::is_same_v<Element, bool>) {
            to.set_bool_value(element);
          } else if constexpr (std::is_floating_point_v<Element>) {
            to.set_double_value(element);
          } else if constexpr (std::is_integral_v<Element> && std::is_signed_v<Element>) {
            to.set_int_value(element);
          } else if constexpr (std::is_integral_v<Element>) {
            WriteNumber(element, to);
          } else if constexpr (std::is_same_v<Element, const char*>) {
            to.set_string_value(Cut(element == nullptr ? "" : element));
          } else {
            to.set_string_value(Cut({element.data(), element.size()}));
          }
        };
        if constexpr (std::is_arithmetic_v<Value> || std::is_same_v<Value, const char*> ||
                      std::is_same_v<Value, otel::nostd::string_view>) {
          one(v, out);
        } else if constexpr (std::is_same_v<Value, otel::nostd::span<const std::uint8_t>>) {
          out.set_bytes_value(v.data(), std::min<std::size_t>(v.size(), value_length_));
        } else {
          auto& array = *out.mutable_array_value();
          array.clear_values();
          for (const auto& element : v) one(element, *array.add_values());
        }
      },
      value);
}

void AttributeWriter::Set(std::string_view key, const otel::common::AttributeValue& value, std::size_t limit,
                          ProtoAttributes& out, std::uint32_t& dropped) const {
  if (key.empty()) return;
  const auto known = std::find_if(out.begin(), out.end(), [key](const auto& entry) { return entry.key() == key; });
  if (known != out.end()) {
    Write(value, *known->mutable_value());
  } else if (static_cast<std::size_t>(out.size()) >= limit) {
    ++dropped;
  } else {
    auto& entry = *out.Add();
    entry.set_key(key.data(), key.size());
    Write(value, *entry.mutable_value());
  }
}

std::uint32_t AttributeWriter::SetAll(const otel::common::KeyValueIterable& attributes, std::size_t limit,
                                      ProtoAttributes& out) const {
  std::uint32_t dropped = 0;
  attributes.ForEachKeyValue([&](otel::nostd::string_view key, const otel::common::AttributeValue& value) noexcept {
    Set({key.data(), key.size()}, value, limit, out, dropped);
    return true;
  });
  return dropped;
}

}  // namespace guildscope::exporting
