#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace guildscope::exporting {

enum class Signal { kTraces, kMetrics, kLogs };

/// `traces`, `metrics`, `logs`.
[[nodiscard]] constexpr std::string_view ToString(Signal signal) noexcept {
  switch (signal) {
    case Signal::kTraces:
      return "traces";
    case Signal::kMetrics:
      return "metrics";
    case Signal::kLogs:
      return "logs";
  }
  return "";
}

/// What one unit of the signal is called in messages.
[[nodiscard]] constexpr std::string_view ItemName(Signal signal) noexcept {
  switch (signal) {
    case Signal::kTraces:
      return "spans";
    case Signal::kMetrics:
      return "metric points";
    case Signal::kLogs:
      return "log records";
  }
  return "";
}

/// One OTLP request, encoded: an Export*ServiceRequest of the signal.
struct Request {
  std::string bytes;
  std::size_t items = 0;  ///< Spans, log records or metric points in it.
};

}  // namespace guildscope::exporting
