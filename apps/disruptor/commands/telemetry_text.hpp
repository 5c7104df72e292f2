#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "guildscope/config/telemetry_options.hpp"

namespace disruptor {

/// A URL without user, password, query and fragment: what may be shown to anybody.
[[nodiscard]] std::string PublicUrl(std::string_view url);

/// Where the telemetry goes, in one line for /status. `port`: of the HTTP server; 0: off.
[[nodiscard]] std::string DescribeTelemetry(const guildscope::config::TelemetryOptions& options, std::uint16_t port);

}  // namespace disruptor
