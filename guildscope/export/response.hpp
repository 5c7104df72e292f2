#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "guildscope/export/signal.hpp"

/// What a collector answers, read.
namespace guildscope::exporting {

/// OTLP's partial success: taken, but for these.
struct PartialSuccess {
  std::uint64_t rejected = 0;
  std::string message;
};

/// An Export*ServiceResponse. Nothing when the bytes are none; an empty body is one without a partial success.
[[nodiscard]] std::optional<PartialSuccess> ParseResponse(Signal signal, const std::string& bytes);

/// The retry_delay of a google.rpc.RetryInfo inside a google.rpc.Status, with which a gRPC collector asks to wait.
[[nodiscard]] std::optional<std::chrono::milliseconds> ParseRetryInfo(const std::string& status_bytes);

/// HTTP's Retry-After (RFC 9110, section 10.2.3): seconds, or a date. Never negative.
[[nodiscard]] std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view value,
                                                                       std::chrono::system_clock::time_point now);

/// A text for a log line: one line, printable, and not long, whatever the collector sent.
[[nodiscard]] std::string Excerpt(std::string_view text);

}  // namespace guildscope::exporting
