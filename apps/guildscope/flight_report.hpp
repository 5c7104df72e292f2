#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "guildscope/base/redactor.hpp"

namespace guildscope {

/// What lies in a flight recorder's directory, for people: of each recording which process it is of, how and when it
/// ended, the spans that were open, and the last `most` other spans and log records. Secrets are replaced.
///
/// Throws std::runtime_error when the directory cannot be read.
[[nodiscard]] std::string FlightReport(const std::filesystem::path& directory, std::size_t most,
                                       const Redactor& redactor);

}  // namespace guildscope
