#include "guildscope/export/text_cleaner.hpp"

#include "guildscope/base/utf8.hpp"

namespace guildscope::exporting {

using opentelemetry::proto::common::v1::AnyValue;

void TextCleaner::Clean(std::string& text) const {
  if (text.empty()) return;
  if (!IsUtf8(text)) text = ToUtf8(text);
  if (redactor_) text = redactor_->Redact(text);
}

void TextCleaner::Clean(AnyValue& value) const {
  switch (value.value_case()) {
    case AnyValue::kStringValue:
      return Clean(*value.mutable_string_value());
    case AnyValue::kArrayValue:
      for (AnyValue& element : *value.mutable_array_value()->mutable_values()) Clean(element);
      return;
    case AnyValue::kKvlistValue:
      return Clean(*value.mutable_kvlist_value()->mutable_values());
    default:
      return;
  }
}

void TextCleaner::Clean(ProtoAttributes& attributes) const {
  for (auto& attribute : attributes) {
    if (!IsUtf8(attribute.key())) attribute.set_key(ToUtf8(attribute.key()));
    Clean(*attribute.mutable_value());
  }
}

}  // namespace guildscope::exporting
