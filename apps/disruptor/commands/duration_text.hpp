#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace disruptor {

/// What a person writes: `90s`, `15m`, `2h30m`, `1d 12h`; any case, units in any order but each once. Nothing when the
/// text is anything else, a number without a unit included: nobody knows what `30` means.
[[nodiscard]] std::optional<std::chrono::seconds> ParseDuration(std::string_view text) noexcept;

/// What a person reads: `2 hours 30 minutes`, `1 second`, `0 seconds`. Negative durations are 0.
[[nodiscard]] std::string FormatDuration(std::chrono::seconds duration);

}  // namespace disruptor
