#pragma once

#include <string>

#include "guildscope/base/redactor.hpp"
#include "guildscope/logging/logger.hpp"

namespace guildscope::logging {

/// Fields without secrets in their values.
[[nodiscard]] inline Fields Redacted(const Redactor& redactor, const Fields& fields) {
  Fields result;
  result.reserve(fields.size());
  for (const auto& [key, value] : fields) {
    result.emplace_back(key, IsSecretByName(key) ? "***" : redactor.Redact(value));
  }
  return result;
}

}  // namespace guildscope::logging
