#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/disruptor/music/audio/program.hpp"
#include "apps/disruptor/music/audio/program_failure.hpp"
#include "apps/disruptor/music/audio/tool_run.hpp"
#include "apps/disruptor/music/audio/tools.hpp"
#include "guildscope/base/utf8.hpp"
#include "guildscope/instrumentation/curl/url.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace disruptor::music {
namespace {

constexpr const char* kFacts = "facts.json";

/// The file that yt-dlp says it has finished: the only one, but for pieces of an attempt that it gave up.
std::filesystem::path FindMedia(const std::filesystem::path& folder) {
  std::filesystem::path best;
  std::uintmax_t best_bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("media.") || name.ends_with(".part") || name.ends_with(".ytdl")) continue;
    if (entry.symlink_status().type() != std::filesystem::file_type::regular) continue;
    if (best.empty() || entry.file_size() > best_bytes) {
      best = entry.path();
      best_bytes = entry.file_size();
    }
  }
  return best_bytes > 0 ? best : std::filesystem::path();
}

/// Title and length, as far as they can be read. Whatever stands there was written by strangers.
void ReadFacts(const std::filesystem::path& file, Downloaded& downloaded) {
  constexpr std::size_t kMaxTitle = 200;
  std::ifstream stream(file);
  const auto facts = nlohmann::json::parse(stream, nullptr, false);
  if (!facts.is_object()) return;
  if (const auto title = facts.find("title"); title != facts.end() && title->is_string()) {
    std::string text = guildscope::ToUtf8(title->get<std::string>());
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
    downloaded.title = guildscope::Utf8Prefix(text, kMaxTitle);
  }
  constexpr double kLongest = 1e6;
  if (const auto seconds = facts.find("duration"); seconds != facts.end() && seconds->is_number()) {
    const double value = seconds->get<double>();
    if (value > 0 && value < kLongest) downloaded.length = std::chrono::milliseconds(std::llround(value * 1'000));
  }
}

}  // namespace

std::vector<std::string> YtDlpCommand(const AudioOptions& options, const std::string& url) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options.max_length).count();
  return {options.yt_dlp,
          "--ignore-config",
          "--no-cache-dir",
          "--no-playlist",
          "--playlist-items",
          "1",
          "--no-progress",
          "--no-mtime",
          "--fixup",
          "never",
          "--downloader",
          "m3u8:native",
          "--format",
          "bestaudio/best",
          "--max-filesize",
          std::to_string(options.max_download_bytes),
          "--match-filter",
          "!is_live & duration<=?" + std::to_string(seconds),
          "--socket-timeout",
          std::to_string(options.socket_timeout.count()),
          "--retries",
          std::to_string(options.download_retries),
          "--fragment-retries",
          std::to_string(options.download_retries),
          "--abort-on-unavailable-fragments",
          "--print-to-file",
          "after_move:%(.{title,duration})j",
          kFacts,
          "--output",
          "media.%(ext)s",
          "--",
          url};
}

Downloader::Downloader(const AudioOptions& options, const AudioTelemetry& telemetry)
    : options_(options),
      telemetry_(telemetry),
      duration_(telemetry.metrics.Get(guildscope::metrics::catalogue::kAudioProcessingDuration)) {}

Downloaded Downloader::Download(const Track& track, const std::filesystem::path& folder, Snowflake guild,
                                const std::stop_token& stop) const {
  constexpr std::uint64_t kMemory = 2ULL << 30;
  const auto url = guildscope::curl::ParseUrl(track.url);
  if (!url) throw MediaError(MediaError::Type::kBadMedia, "That is no link that I could follow.");
  const ToolRun run{.operation = "download",
                    .program = "yt-dlp",
                    .span = {.kind = guildscope::tracing::SpanKind::kClient,
                             .attributes = {{"url.full", guildscope::curl::PublicUrl(track.url, telemetry_.redactor)},
                                            {"server.address", url->host},
                                            {"server.port", url->port},
                                            {"guild_id", std::to_string(guild)}}},
                    .child = {.command = YtDlpCommand(options_, track.url),
                              .environment = ChildEnvironment(folder),
                              .directory = folder,
                              .time_limit = options_.download_timeout,
                              .grace = options_.terminate_grace,
                              .max_file_bytes = options_.max_download_bytes,
                              .max_memory_bytes = kMemory,
                              .max_cpu_time = ToCpuTime(options_.download_timeout),
                              .niceness = 5},
                    .guild = guild};
  Downloaded downloaded;
  RunTool(run, telemetry_, duration_, stop, [&](const ChildResult& result, guildscope::tracing::Span& span) {
    if (!result.succeeded()) throw ExplainDownload(result);
    downloaded.file = FindMedia(folder);
    if (downloaded.file.empty()) throw ExplainDownload(result);
    downloaded.bytes = std::filesystem::file_size(downloaded.file);
    span.SetAttribute({"music.audio.bytes", downloaded.bytes});
  });
  ReadFacts(folder / kFacts, downloaded);
  return downloaded;
}

}  // namespace disruptor::music
