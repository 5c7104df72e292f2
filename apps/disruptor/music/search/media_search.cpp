#include "apps/disruptor/music/search/media_search.hpp"

#include <stdexcept>
#include <string_view>

#include "apps/disruptor/music/search/query_parser.hpp"
#include "apps/disruptor/music/search/sounds.hpp"
#include "apps/disruptor/music/search/title.hpp"
#include "guildscope/instrumentation/curl/url.hpp"

namespace disruptor::music {
namespace {

using Type = MediaError::Type;

constexpr std::string_view kLogger = "search";
constexpr std::size_t kMaxBodyBytes = 4 * 1024 * 1024;

void CheckUrl(const std::string& name, const std::string& value) {
  if (guildscope::curl::ParseUrl(value)) return;
  throw std::invalid_argument(name + " is '" + value + "'; accepted: an http or https URL");
}

SearchOptions Checked(SearchOptions options) {
  CheckUrl("youtube_api_url", options.youtube_api_url);
  CheckUrl("youtube_watch_url", options.youtube_watch_url);
  CheckUrl("spotify_api_url", options.spotify_api_url);
  CheckUrl("spotify_token_url", options.spotify_token_url);
  if (options.youtube_watch_url.find("{id}") == std::string::npos) {
    throw std::invalid_argument("youtube_watch_url is '" + options.youtube_watch_url + "'; it must have {id} in it");
  }
  if (options.max_bundle < 1 || options.max_bundle > 1'000) {
    throw std::invalid_argument("max_bundle is " + std::to_string(options.max_bundle) + "; accepted: 1 to 1000");
  }
  for (std::string* url : {&options.youtube_api_url, &options.spotify_api_url}) {
    while (url->ends_with('/')) url->pop_back();
  }
  return options;
}

Api MakeApi(guildscope::curl::HttpClient& http, std::string service, const SearchOptions& options) {
  guildscope::curl::HttpLimits limits = http.options().limits;
  limits.attempt_timeout = options.attempt_timeout;
  limits.total_timeout = options.total_timeout;
  limits.max_body_bytes = kMaxBodyBytes;
  return {http, std::move(service), limits};
}

/// `song.mp3 (example.com)`: without what may be secret in a URL.
std::string TitleOf(const guildscope::curl::Url& url) {
  const std::string_view text = std::string_view(url.text).substr(0, url.text.find('?'));
  const std::string_view name = text.substr(text.rfind('/') + 1);
  const bool has_name = !name.empty() && name != url.host;
  return CleanTitle(has_name ? std::string(name) + " (" + url.host + ")" : url.host);
}

}  // namespace

MediaSearch::MediaSearch(guildscope::Telemetry& telemetry, guildscope::curl::HttpClient& http, SearchOptions options,
                         const guildscope::Clock& clock)
    : options_(Checked(std::move(options))),
      youtube_(MakeApi(http, "YouTube", options_), options_, clock, telemetry.logger(kLogger)),
      spotify_(MakeApi(http, "Spotify", options_), options_, clock, telemetry.logger(kLogger)) {
  telemetry.redactor().AddSecret(options_.youtube_api_key);
  telemetry.redactor().AddSecret(options_.spotify_client_secret);
}

Found MediaSearch::Find(const Query& query, const std::stop_token& stop) {
  if (stop.stop_requested()) throw MediaError(Type::kStopped, "The search was stopped.");
  switch (query.kind) {
    case QueryKind::kSearch:
      return youtube_.Search(query.text, stop);
    case QueryKind::kYouTubeVideo:
      return youtube_.Video(query.text, stop);
    case QueryKind::kYouTubePlaylist:
      return youtube_.Playlist(query.text, stop);
    case QueryKind::kSpotifyTrack:
      return spotify_.Track(query.text, stop);
    case QueryKind::kSpotifyAlbum:
      return spotify_.Album(query.text, stop);
    case QueryKind::kSpotifyPlaylist:
      return spotify_.Playlist(query.text, stop);
    case QueryKind::kSound:
      return FindSoundFile(query.text);
    case QueryKind::kUrl:
      return FindUrl(query.text);
  }
  throw MediaError(Type::kInternal, "The bot does not understand its own question.");
}

Found MediaSearch::FindSoundFile(const std::string& name) const {
  const auto path = options_.sounds_directory.empty() ? std::nullopt : FindSound(options_.sounds_directory, name);
  if (!path) throw MediaError(Type::kNotFound, "There is no sound of that name: " + CleanTitle(name, 100));
  Track track{.key = "sound:" + name, .url = path->string(), .title = CleanTitle(name.substr(0, name.rfind('.')))};
  if (track.title.empty()) track.title = "Sound";
  Found found;
  found.items.push_back({.track = track, .query = {}, .description = track.title});
  return found;
}

Found MediaSearch::FindUrl(const std::string& asked) const {
  std::string text = asked;
  const ParseOptions options{.allow_private_addresses = options_.allow_private_addresses};
  if (const std::string refusal = RefuseUrl(text, options); !refusal.empty())
    throw MediaError(Type::kNotFound, refusal);
  const auto url = guildscope::curl::ParseUrl(text);
  Found found;
  const Track track{.key = "url:" + text, .url = text, .title = TitleOf(*url)};
  found.items.push_back({.track = track, .query = {}, .description = track.title});
  return found;
}

}  // namespace disruptor::music
