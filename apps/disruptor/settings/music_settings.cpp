#include "apps/disruptor/settings/music_settings.hpp"

#include <string_view>
#include <vector>

namespace disruptor {
namespace {

using guildscope::config::Problem;
using guildscope::config::Schema;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kMebibyte = 1 << 20;
constexpr std::int64_t kTebibyte = kMebibyte << 20;
constexpr const char* kUrlForm = "a URL that begins with https:// or http://, without a slash at its end";

bool IsUrl(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme) && text.size() > scheme.size() && !text.ends_with('/')) return true;
  }
  return false;
}

bool IsWatchUrl(const std::string& text) { return IsUrl(text) && text.find("{id}") != std::string::npos; }

void AddSearchFields(Schema& schema, MusicSettings& settings) {
  music::SearchOptions& search = settings.search;
  schema.Checked("music.youtube.api_url", &search.youtube_api_url, kUrlForm, IsUrl, "YouTube's Data API.")
      .Secret(
          "music.youtube.api_key", &search.youtube_api_key,
          "A key for YouTube's Data API. Without one there is no search and there are no playlists; links to videos "
          "work.")
      .Checked("music.youtube.watch_url", &search.youtube_watch_url, "a URL with {id} in it", IsWatchUrl,
               "What yt-dlp gets for a video; {id} is its id.")
      .Checked("music.spotify.api_url", &search.spotify_api_url, kUrlForm, IsUrl, "Spotify's Web API.")
      .Checked("music.spotify.token_url", &search.spotify_token_url, kUrlForm, IsUrl,
               "Where Spotify gives access tokens.")
      .String("music.spotify.client_id", &search.spotify_client_id,
              "Of an app from Spotify's developer dashboard. With the secret, or Spotify's links are refused.")
      .Secret("music.spotify.client_secret", &search.spotify_client_secret, "The app's secret.")
      .String("music.sounds_directory", &settings.sounds_directory,
              "Folder of sounds that /play and random visits play. Empty: none.")
      .Integer("music.search.workers", &settings.pipeline.search_workers, 1, 32, "Searches at once.")
      .Integer("music.search.max_bundle", &search.max_bundle, 1, 1'000,
               "Tracks of one playlist or album; what is more is left out.")
      .Duration("music.search.attempt_timeout", &search.attempt_timeout, milliseconds(100), minutes(5),
                "Of one attempt of a request.")
      .Duration("music.search.total_timeout", &search.total_timeout, milliseconds(100), minutes(10),
                "Of one request with its retries.")
      .Bool("music.allow_private_addresses", &search.allow_private_addresses,
            "Let links lead to this machine and its network. Only where everybody who may use the bot may reach them "
            "anyway.");
}

void AddAudioFields(Schema& schema, MusicSettings& settings) {
  music::AudioOptions& audio = settings.audio;
  schema
      .String("music.cache.directory", &settings.cache_directory,
              "Folder of the audio that was downloaded; of this process alone.")
      .Integer("music.cache.max_bytes", &audio.cache_max_bytes, kMebibyte, 1'024 * kTebibyte,
               "Bytes of it; what was not played for the longest time goes first.")
      .Integer("music.cache.min_free_bytes", &audio.cache_min_free_bytes, 0, 1'024 * kTebibyte,
               "Bytes that stay free on its filesystem.")
      .Duration("music.cache.cleanup_interval", &settings.cache_cleanup_interval, seconds(1), hours(24),
                "How often the folder is compared with its index.")
      .String("music.download.yt_dlp", &audio.yt_dlp, "yt-dlp: a program in PATH, or its path.")
      .String("music.download.ffmpeg", &audio.ffmpeg, "ffmpeg: a program in PATH, or its path.")
      .Integer("music.download.workers", &settings.pipeline.download_workers, 1, 32, "Downloads at once.")
      .Duration("music.download.timeout", &audio.download_timeout, seconds(1), hours(2), "Of one download.")
      .Duration("music.download.transcode_timeout", &audio.transcode_timeout, seconds(1), hours(2),
                "Of turning one into Opus.")
      .Duration("music.download.socket_timeout", &audio.socket_timeout, seconds(1), seconds(300),
                "What yt-dlp waits for a server that says nothing.")
      .Integer("music.download.retries", &audio.download_retries, 0, 20, "By yt-dlp.")
      .Integer("music.download.max_bytes", &audio.max_download_bytes, 1'024, kTebibyte,
               "Bytes of one track as its source has it.")
      .Duration("music.download.max_length", &audio.max_length, seconds(1), hours(24), "Of one track.")
      .Integer("music.download.bitrate_kbps", &audio.bitrate_kbps, 16, 256,
               "Of the Opus that is made from then on, in kbit/s.")
      .Bool("music.download.normalize_loudness", &audio.normalize_loudness, "To -16 LUFS (EBU R 128); likewise.");
}

void AddPlayerFields(Schema& schema, MusicSettings& settings) {
  music::PlayerOptions& player = settings.player;
  schema.Integer("music.player.waiting", &player.waiting, 1, 100'000, "Tracks that a guild may have waiting.")
      .Duration("music.player.quiet_time", &player.quiet_time, milliseconds(0), hours(24),
                "Leaves voice when nothing was played for this long.")
      .Duration("music.player.alone_time", &player.alone_time, milliseconds(0), hours(24),
                "Leaves voice, whatever plays, when nobody was there for this long.")
      .Duration("music.player.audio_limit", &player.audio_limit, seconds(1), minutes(5),
                "How long the voice connection may take until there is something to hear.")
      .Integer("music.player.rejoins", &player.rejoins, 0, 100,
               "How often one track is taken up again after the voice connection was lost.")
      .Integer("music.queue.total", &settings.pipeline.queues.total, 1, 1'000'000,
               "Requests that wait to be searched, and as many to be downloaded.")
      .Integer("music.queue.per_guild", &settings.pipeline.queues.per_guild, 1, 100'000, "Of one guild.")
      .Duration("music.progress.first", &settings.pipeline.progress.first, milliseconds(0), minutes(1),
                "How long a request may take before a message says how far it is.")
      .Duration("music.progress.interval", &settings.pipeline.progress.interval, milliseconds(100), minutes(10),
                "Between two edits of one such message.")
      .Integer("music.history.per_guild", &settings.history_per_guild, 1, 100'000,
               "Tracks of what was played that are kept.");
}

void CheckTogether(const Schema& schema, const MusicSettings& settings, std::vector<Problem>& problems) {
  const music::SearchOptions& search = settings.search;
  if (search.spotify_client_id.empty() != search.spotify_client_secret.empty()) {
    const char* missing = search.spotify_client_id.empty() ? "music.spotify.client_id" : "music.spotify.client_secret";
    problems.push_back({schema.Where(missing), missing, "nothing", "both the client's id and its secret, or neither"});
  }
  if (search.total_timeout < search.attempt_timeout) {
    problems.push_back(
        {schema.Where("music.search.total_timeout"), "music.search.total_timeout",
         std::to_string(search.total_timeout.count()) + " ms",
         "at least music.search.attempt_timeout, which is " + std::to_string(search.attempt_timeout.count()) + " ms"});
  }
  if (settings.pipeline.queues.per_guild > settings.pipeline.queues.total) {
    problems.push_back({schema.Where("music.queue.per_guild"), "music.queue.per_guild",
                        std::to_string(settings.pipeline.queues.per_guild),
                        "at most music.queue.total, which is " + std::to_string(settings.pipeline.queues.total)});
  }
}

}  // namespace

void AddMusicFields(Schema& schema, MusicSettings& settings) {
  AddSearchFields(schema, settings);
  AddAudioFields(schema, settings);
  AddPlayerFields(schema, settings);
  schema.Finally([&settings](const Schema& loaded, std::vector<Problem>& problems) {
    settings.search.sounds_directory = settings.sounds_directory;
    settings.audio.cache_directory = settings.cache_directory;
    // A job is stalled when one item takes longer than all of its limits together.
    settings.pipeline.search_stale_after = settings.search.total_timeout * 10 + minutes(2);
    settings.pipeline.download_stale_after = settings.audio.download_timeout + settings.audio.transcode_timeout +
                                             settings.audio.terminate_grace * 2 + minutes(2);
    CheckTogether(loaded, settings, problems);
  });
}

}  // namespace disruptor
