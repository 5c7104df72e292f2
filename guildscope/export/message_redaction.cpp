#include "guildscope/export/message_redaction.hpp"

#include <google/protobuf/descriptor.h>

#include <vector>

#include "guildscope/base/utf8.hpp"

namespace guildscope::exporting {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void RedactTexts(Message& message, const Redactor& redactor) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  const auto clean = [&](const std::string& text) { return redactor.Redact(IsUtf8(text) ? text : ToUtf8(text)); };
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        RedactTexts(field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, i)
                                         : *reflection.MutableMessage(&message, field),
                    redactor);
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        if (field->is_repeated()) {
          reflection.SetRepeatedString(&message, field, i, clean(reflection.GetRepeatedString(message, field, i)));
        } else {
          reflection.SetString(&message, field, clean(reflection.GetString(message, field)));
        }
      }
    }
  }
}

}  // namespace guildscope::exporting
