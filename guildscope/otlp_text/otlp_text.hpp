#pragma once

#include <opentelemetry/proto/common/v1/common.pb.h>

#include <string>
#include <string_view>

namespace guildscope::otlp {

/// A value as people read it: text as it is, numbers in the fewest digits that are exact, `true` and `false`, bytes in
/// hex, elements of a list joined by commas, entries of a map as `key=value` likewise; empty for no value. Not a
/// format: a text with a comma looks like two.
///
/// Cost: a string. Threads: any.
[[nodiscard]] std::string ToText(const opentelemetry::proto::common::v1::AnyValue& value);

/// Two small digits a byte.
[[nodiscard]] std::string ToHex(std::string_view bytes);

}  // namespace guildscope::otlp
