#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "apps/disruptor/music/audio/options.hpp"
#include "apps/disruptor/music/media.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/base/redactor.hpp"
#include "guildscope/logging/logger.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace disruptor::music {

/// What audio work tells its telemetry with. Lifetime: everything must outlive who holds this.
struct AudioTelemetry {
  guildscope::metrics::Registry& metrics;
  const guildscope::tracing::Tracer& tracer;
  const guildscope::Redactor& redactor;
  const guildscope::Clock& clock;
  guildscope::logging::Logger logger;
};

/// What a download left in its folder.
struct Downloaded {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::string title;                    ///< Empty: it does not say.
  std::chrono::milliseconds length{0};  ///< 0: it does not say.
};

/// Fetches media with yt-dlp. A span `yt-dlp` (CLIENT) and a value of audio.processing_duration each.
///
/// The URL is only checked to be http or https: where it leads (the machine's own network, say) is for whoever runs the
/// bot to fence in.
///
/// Threads: any.
class Downloader {
 public:
  Downloader(const AudioOptions& options, const AudioTelemetry& telemetry);

  /// Into `folder`, which must be empty. Throws MediaError.
  Downloaded Download(const Track& track, const std::filesystem::path& folder, Snowflake guild,
                      const std::stop_token& stop) const;

 private:
  const AudioOptions options_;
  const AudioTelemetry telemetry_;
  const guildscope::metrics::HistogramFamily<2> duration_;
};

/// Makes Ogg Opus of media with ffmpeg: 48 kHz, stereo, 20 ms frames, nothing but the sound. A span `ffmpeg` (INTERNAL)
/// and a value of audio.processing_duration each.
///
/// Threads: any.
class Transcoder {
 public:
  Transcoder(const AudioOptions& options, const AudioTelemetry& telemetry);

  /// Throws MediaError. What it has written is not checked yet.
  void Transcode(const std::filesystem::path& from, const std::filesystem::path& to, Snowflake guild,
                 const std::stop_token& stop) const;

 private:
  const AudioOptions options_;
  const AudioTelemetry telemetry_;
  const guildscope::metrics::HistogramFamily<2> duration_;
};

/// The arguments of yt-dlp, the program first. `folder` is where it runs.
[[nodiscard]] std::vector<std::string> YtDlpCommand(const AudioOptions& options, const std::string& url);

/// The arguments of ffmpeg, the program first.
[[nodiscard]] std::vector<std::string> FfmpegCommand(const AudioOptions& options, const std::filesystem::path& from,
                                                     const std::filesystem::path& to);

}  // namespace disruptor::music
