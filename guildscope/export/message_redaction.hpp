#pragma once

#include <google/protobuf/message.h>

#include "guildscope/base/redactor.hpp"

namespace guildscope::exporting {

/// Replaces secrets in every text of a message, however deep, keys included; and bytes that are no UTF-8.
///
/// Cost: protobuf's reflection, microseconds: for what is known to need it. Threads: any.
void RedactTexts(google::protobuf::Message& message, const Redactor& redactor);

}  // namespace guildscope::exporting
