#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "apps/disruptor/music/audio/child_process.hpp"
#include "apps/disruptor/music/audio/tools.hpp"

namespace disruptor::music {

/// One run of a program, told to the telemetry: a span of the program's name with its exit status, and how long it
/// took.
struct ToolRun {
  const char* operation;  ///< `download` or `transcode`.
  const char* program;    ///< The span's name.
  guildscope::tracing::SpanOptions span{};
  ChildOptions child{};
  Snowflake guild = 0;
};

/// What a program may use of the processors within a time: of several, so that only one that got away is ended by it.
[[nodiscard]] inline std::chrono::seconds ToCpuTime(std::chrono::milliseconds time_limit) {
  constexpr int kProcessors = 8;
  return std::chrono::duration_cast<std::chrono::seconds>(time_limit * kProcessors) + std::chrono::seconds(1);
}

/// Runs it. `judge` is called inside the span, with its result: it throws a MediaError when the run was in vain.
/// Whatever is thrown is recorded on the span and, with the program's last words, in the log.
void RunTool(const ToolRun& run, const AudioTelemetry& telemetry,
             const guildscope::metrics::HistogramFamily<2>& duration, const std::stop_token& stop,
             const std::function<void(const ChildResult&, guildscope::tracing::Span&)>& judge);

}  // namespace disruptor::music
