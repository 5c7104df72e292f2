#pragma once

#include <string>
#include <string_view>

#include "guildscope/base/redactor.hpp"
#include "guildscope/logging/logger.hpp"

namespace guildscope::logging {

/// Whether whatever stands behind this key is secret: a header `Authorization`, in any case and with any prefix.
[[nodiscard]] constexpr bool IsSecretByName(std::string_view key) noexcept {
  constexpr std::string_view kName = "authorization";
  if (key.size() < kName.size()) return false;
  key.remove_prefix(key.size() - kName.size());
  for (std::size_t i = 0; i < kName.size(); ++i) {
    const char lower = key[i] >= 'A' && key[i] <= 'Z' ? static_cast<char>(key[i] - 'A' + 'a') : key[i];
    if (lower != kName[i]) return false;
  }
  return true;
}

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
