#include "apps/disruptor/music/audio/program.hpp"
#include "apps/disruptor/music/audio/program_failure.hpp"
#include "apps/disruptor/music/audio/tool_run.hpp"
#include "apps/disruptor/music/audio/tools.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace disruptor::music {
namespace {

/// Containers of sound. None of those that tell ffmpeg to open other files (hls, dash, concat, sdp, image2 …): what it
/// reads was made by strangers, and lies where local files can be named.
constexpr const char* kFormats =
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,eac3,flac,flv,loas,matroska,webm,mov,mp4,m4a,3gp,mp3,mpc,mpc8,mpeg,mpegts,"
    "ogg,tta,w64,wav,wv";

/// A little more than is allowed, so that what is longer can be told from what fits.
std::chrono::milliseconds CutAt(const AudioOptions& options) { return options.max_length + std::chrono::seconds(1); }

std::string InSeconds(std::chrono::milliseconds time) {
  const std::string part = std::to_string(1'000 + time.count() % 1'000);
  return std::to_string(time.count() / 1'000) + "." + part.substr(1);
}

}  // namespace

std::vector<std::string> FfmpegCommand(const AudioOptions& options, const std::filesystem::path& from,
                                       const std::filesystem::path& to) {
  std::vector<std::string> command{options.ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y"};
  const auto add = [&command](std::initializer_list<std::string> more) { command.insert(command.end(), more); };
  add({"-protocol_whitelist", "file", "-format_whitelist", kFormats, "-i", "file:" + from.string()});
  add({"-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"});
  add({"-t", InSeconds(CutAt(options))});
  if (options.normalize_loudness) add({"-af", "loudnorm=I=-16:TP=-1.5:LRA=11"});
  add({"-ac", "2", "-ar", "48000", "-c:a", "libopus", "-b:a", std::to_string(options.bitrate_kbps) + "k"});
  add({"-frame_duration", "20", "-application", "audio", "-f", "ogg", "file:" + to.string()});
  return command;
}

Transcoder::Transcoder(const AudioOptions& options, const AudioTelemetry& telemetry)
    : options_(options),
      telemetry_(telemetry),
      duration_(telemetry.metrics.Get(guildscope::metrics::catalogue::kAudioProcessingDuration)) {}

void Transcoder::Transcode(const std::filesystem::path& from, const std::filesystem::path& to, Snowflake guild,
                           const std::stop_token& stop) const {
  constexpr std::uint64_t kHeaders = 1 << 20;
  constexpr std::uint64_t kMemory = 1ULL << 30;
  const auto seconds = static_cast<std::uint64_t>(CutAt(options_).count() / 1'000 + 1);
  // Variable bit rates go beyond the average, but not by this much.
  const std::uint64_t largest = kHeaders + seconds * static_cast<std::uint64_t>(options_.bitrate_kbps) * 1'000 / 8 * 2;
  const ToolRun run{.operation = "transcode",
                    .program = "ffmpeg",
                    .span = {.attributes = {{"guild_id", std::to_string(guild)}}},
                    .child = {.command = FfmpegCommand(options_, from, to),
                              .environment = ChildEnvironment(to.parent_path()),
                              .directory = to.parent_path(),
                              .time_limit = options_.transcode_timeout,
                              .grace = options_.terminate_grace,
                              .max_file_bytes = largest,
                              .max_memory_bytes = kMemory,
                              .max_cpu_time = ToCpuTime(options_.transcode_timeout),
                              .niceness = 10},
                    .guild = guild};
  RunTool(run, telemetry_, duration_, stop, [&](const ChildResult& result, guildscope::tracing::Span& span) {
    if (!result.succeeded()) throw ExplainTranscode(result);
    std::error_code error;
    const auto bytes = std::filesystem::file_size(to, error);
    if (error) throw ExplainTranscode(result);
    span.SetAttribute({"music.audio.bytes", bytes});
  });
}

}  // namespace disruptor::music
