#pragma once

#include <string>

#include "guildscope/base/redactor.hpp"
#include "guildscope/logging/logger.hpp"

namespace guildscope::logging {

/// The values of fields without secrets. A field is looked at with its key, since some shapes are secret by their name:
/// `authorization=...`.
[[nodiscard]] inline Fields Redacted(const Redactor& redactor, const Fields& fields) {
  Fields result;
  result.reserve(fields.size());
  for (const auto& [key, value] : fields) {
    const std::string start = std::string(key) + "=";
    const std::string text = redactor.Redact(start + value);
    result.emplace_back(key, text.starts_with(start) ? text.substr(start.size()) : "***");
  }
  return result;
}

}  // namespace guildscope::logging
