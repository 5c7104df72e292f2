#pragma once

#include <chrono>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "guildscope/logging/logger.hpp"
#include "guildscope/tracing/span_context.hpp"

namespace guildscope::logging {

/// One record on its way to the sinks. Borrows its texts.
struct Record {
  Level level = Level::kInfo;
  std::chrono::system_clock::time_point time;
  std::string_view logger;
  std::string_view message;
  const Fields& fields;
  std::source_location location;
  std::int64_t thread_id = 0;
  std::string_view thread_name;
  tracing::SpanContext span;
};

/// The record as one line without its end:
/// `2024-01-01T00:00:00.000000Z INFO     music [17 pool] player.cpp:42 joined guild_id=7 trace_id=... span_id=...`
[[nodiscard]] std::string ToLine(const Record& record);

/// Replaces what ends a line anywhere (Unicode's separators too) and what a terminal would obey.
void AppendEscaped(std::string& line, std::string_view text);

/// ` key=value`, quoted where the value would not be read back as one word.
void AppendField(std::string& line, std::string_view key, std::string_view value);

}  // namespace guildscope::logging
