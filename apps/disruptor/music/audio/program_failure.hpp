#pragma once

#include <string>
#include <string_view>

#include "apps/disruptor/music/audio/child_process.hpp"
#include "apps/disruptor/music/media.hpp"
#include "guildscope/base/redactor.hpp"

namespace disruptor::music {

/// Why yt-dlp gave no file, for the user who asked.
[[nodiscard]] MediaError ExplainDownload(const ChildResult& result);

/// Why ffmpeg made no sound of it.
[[nodiscard]] MediaError ExplainTranscode(const ChildResult& result);

/// A MediaError of the type kInternal: the program is missing, or cannot be run. The text says what to do.
[[nodiscard]] MediaError CannotRun(std::string_view program, std::string_view reason);

/// How it ended, for the log and the span: `exit status 1`, `signal 11`, `time limit`.
[[nodiscard]] std::string DescribeEnd(const ChildResult& result);

/// The end of what a program said, at most so many bytes, as UTF-8; each http or https URL in it as telemetry may show
/// it.
[[nodiscard]] std::string LastWords(const ChildResult& result, const guildscope::Redactor& redactor,
                                    std::size_t bytes = 2'000);

}  // namespace disruptor::music
