#pragma once

#include <map>
#include <string>
#include <string_view>

#include "guildscope/metrics/descriptor.hpp"

/// The rules for names, checked once, at registration.
namespace guildscope::metrics {

/// Throws std::invalid_argument unless it is letters, digits and underscores, a letter first.
void CheckPrefix(std::string_view prefix);

/// The name with `{prefix}` replaced.
[[nodiscard]] std::string FullName(std::string_view name, std::string_view prefix);

/// Throws std::invalid_argument, and says which: a name that is no OpenTelemetry instrument name; a label without a
/// name, twice, or with a name that an exposition format keeps for itself; bounds that do not rise or are not finite.
void CheckDescriptor(const DescriptorView& descriptor, std::string_view full_name);

/// Who has which name on `/metrics`. Two metrics whose names differ here may be one there ("a.b" and "a_b"; a histogram
/// "a" and a gauge "a_count"): the second of them is refused, so no two metrics ever share a line.
///
/// Threads: the owner locks.
class NameTable {
 public:
  /// Throws std::invalid_argument when another metric has one of the names.
  void Claim(const std::string& full_name, const DescriptorView& descriptor);

 private:
  std::map<std::string, std::string, std::less<>> owners_;  // by the name of a sample
};

}  // namespace guildscope::metrics
