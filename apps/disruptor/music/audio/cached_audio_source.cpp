#include "apps/disruptor/music/audio/cached_audio_source.hpp"

#include <stdexcept>
#include <system_error>

#include "apps/disruptor/music/audio/program.hpp"
#include "apps/disruptor/music/audio/program_failure.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace disruptor::music {
namespace {

using Type = MediaError::Type;

void Require(bool good, const std::string& name, const std::string& accepted) {
  if (!good) throw std::invalid_argument("the audio option " + name + " is out of range; accepted: " + accepted);
}

const AudioOptions& Checked(const AudioOptions& options) {
  using std::chrono::milliseconds;
  Require(!options.cache_directory.empty(), "cache_directory", "a folder");
  Require(options.cache_max_bytes >= 1 << 20, "cache_max_bytes", "at least 1 MiB");
  Require(options.cache_forget_after >= std::chrono::hours(24), "cache_forget_after", "at least a day");
  Require(options.max_length >= std::chrono::seconds(1) && options.max_length <= std::chrono::hours(48), "max_length",
          "a second to 48 hours");
  Require(options.max_download_bytes >= 1 << 10, "max_download_bytes", "at least 1 KiB");
  Require(options.download_timeout > milliseconds(0), "download_timeout", "more than 0");
  Require(options.transcode_timeout > milliseconds(0), "transcode_timeout", "more than 0");
  Require(options.terminate_grace > milliseconds(0), "terminate_grace", "more than 0");
  Require(options.socket_timeout.count() >= 1 && options.socket_timeout.count() <= 300, "socket_timeout",
          "1 to 300 seconds");
  Require(options.download_retries >= 0 && options.download_retries <= 20, "download_retries", "0 to 20");
  Require(options.bitrate_kbps >= 16 && options.bitrate_kbps <= 256, "bitrate_kbps", "16 to 256");
  return options;
}

bool IsSound(const Track& track) { return track.key.starts_with("sound:"); }

/// What the cache knows a track by. A sound is a file that somebody may replace, so its size and its time are part of
/// it.
std::string CacheKey(const Track& track) {
  if (!IsSound(track)) return track.key;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(track.url, error);
  if (error) return track.key;
  const auto modified = std::filesystem::last_write_time(track.url, error);
  return track.key + "|" + std::to_string(bytes) + "|" + std::to_string(modified.time_since_epoch().count());
}

void CheckSound(const Track& track, std::uint64_t max_bytes) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(track.url, error);
  if (error || !std::filesystem::is_regular_file(track.url, error)) {
    throw MediaError(Type::kNotFound, "There is no such sound (any more).");
  }
  if (bytes > max_bytes) throw MediaError(Type::kTooLarge, "That sound is larger than I may play.");
}

/// What a file of this length takes, roughly; of one whose length is not known, a song's.
std::uint64_t ExpectedBytes(const AudioOptions& options, std::chrono::milliseconds length) {
  constexpr std::chrono::minutes kSong{4};
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(length.count() > 0 ? length : kSong).count() + 1;
  const auto bytes = static_cast<std::uint64_t>(seconds) * static_cast<std::uint64_t>(options.bitrate_kbps) * 1'000 / 8;
  return std::min(bytes, options.cache_max_bytes);
}

}  // namespace

CachedAudioSource::CachedAudioSource(const AudioOptions& options, Database& database, const AudioTelemetry& telemetry)
    : options_(Checked(options)),
      telemetry_(telemetry),
      downloader_(options, telemetry),
      transcoder_(options, telemetry),
      hits_(telemetry.metrics.Get(guildscope::metrics::catalogue::kMusicCacheRequests).Bind({"hit"})),
      misses_(telemetry.metrics.Get(guildscope::metrics::catalogue::kMusicCacheRequests).Bind({"miss"})),
      cache_(options, database, telemetry.clock, telemetry.logger),
      metrics_(cache_, telemetry.metrics, telemetry.clock) {}

AudioFilePtr CachedAudioSource::FindCached(const Track& track) {
  AudioFilePtr file = cache_.Find(CacheKey(track));
  (file ? hits_ : misses_).Add();
  return file;
}

AudioFilePtr CachedAudioSource::Fetch(const Track& track, Snowflake guild, const std::stop_token& stop) {
  const std::string key = CacheKey(track);
  return flights_.Do(key, stop, [&] {
    try {
      return FetchAlone(track, key, guild, stop);
    } catch (const MediaError&) {
      throw;
    } catch (const std::exception& error) {
      telemetry_.logger.Error("audio cannot be fetched: {}", error.what());
      throw MediaError(Type::kInternal, "Something went wrong inside the bot. Try it later.");
    }
  });
}

AudioFilePtr CachedAudioSource::FetchAlone(const Track& track, const std::string& key, Snowflake guild,
                                           const std::stop_token& stop) {
  // Somebody may have fetched it between the caller's look into the cache and now.
  if (AudioFilePtr file = cache_.Find(key)) return file;
  if (IsSound(track)) CheckSound(track, options_.max_download_bytes);
  if (track.length > options_.max_length) throw MediaError(Type::kTooLarge, "That is longer than I may play.");
  cache_.MakeRoom(ExpectedBytes(options_, track.length));
  const Scratch scratch = cache_.MakeScratch();
  Downloaded media{.file = track.url};
  if (!IsSound(track)) {
    const Scratch download(scratch.path());
    media = downloader_.Download(track, download.path(), guild, stop);
    transcoder_.Transcode(media.file, scratch.path() / "audio.opus", guild, stop);
  } else {
    transcoder_.Transcode(std::filesystem::absolute(track.url), scratch.path() / "audio.opus", guild, stop);
  }
  return cache_.Put(key, media.title, scratch.path() / "audio.opus");
}

std::vector<std::string> CachedAudioSource::MissingPrograms() const {
  std::vector<std::string> missing;
  for (const std::string& program : {options_.yt_dlp, options_.ffmpeg}) {
    if (!FindProgram(program)) missing.emplace_back(CannotRun(program, "not found").what());
  }
  return missing;
}

}  // namespace disruptor::music
