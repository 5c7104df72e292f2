#include "apps/disruptor/music/search/spotify.hpp"

#include <algorithm>

#include "apps/disruptor/music/search/ids.hpp"
#include "apps/disruptor/music/search/title.hpp"

namespace disruptor::music {
namespace {

using guildscope::curl::HttpResponse;
using Type = MediaError::Type;

constexpr std::size_t kPage = 50;  // the most that the API gives at once

/// Nothing for an episode of a podcast, and for what has no name.
std::optional<Found::Item> ReadTrack(const Json& track) {
  const std::string title = CleanTitle(TextAt(track, {"name"}));
  const std::string type = TextAt(track, {"type"});
  if (title.empty() || (!type.empty() && type != "track")) return std::nullopt;
  std::string first_artist;
  std::string artists;
  for (const Json& artist : ListAt(track, {"artists"})) {
    const std::string name = CleanTitle(TextAt(artist, {"name"}), 100);
    if (name.empty() || artists.size() > 200) continue;
    if (first_artist.empty()) first_artist = name;
    artists += (artists.empty() ? "" : ", ") + name;
  }
  Found::Item item;
  item.query = {QueryKind::kSearch, first_artist.empty() ? title : first_artist + " " + title};
  item.description = artists.empty() ? title : artists + " - " + title;
  return item;
}

std::optional<Found::Item> ReadEntry(const Json& entry) {
  const Json& item = At(entry, {"item"});
  return ReadTrack(item.is_object() ? item : At(entry, {"track"}));
}

}  // namespace

Spotify::Spotify(Api api, const SearchOptions& options, const guildscope::Clock& clock,
                 guildscope::logging::Logger logger)
    : api_(std::move(api)), options_(options), logger_(logger), token_(api_, options, clock, logger) {}

Found Spotify::Track(const std::string& id, const std::stop_token& stop) {
  Check(id);
  auto item = ReadTrack(Get("tracks/{id}", id, "", stop));
  if (!item) throw MediaError(Type::kUnavailable, "Spotify gave an answer that makes no sense.");
  Found found;
  found.items.push_back(std::move(*item));
  return found;
}

Found Spotify::Album(const std::string& id, const std::stop_token& stop) {
  Check(id);
  const Json album = Get("albums/{id}", id, "", stop);
  Found found;
  found.title = CleanTitle(TextAt(album, {"name"}));
  if (found.title.empty()) found.title = "Spotify album";
  AddPages(found, "albums/{id}/tracks", id, "", ReadTrack, stop);
  return found;
}

Found Spotify::Playlist(const std::string& id, const std::stop_token& stop) {
  Check(id);
  Found found;
  try {
    found.title = CleanTitle(TextAt(Get("playlists/{id}", id, "?fields=name", stop), {"name"}));
  } catch (const MediaError& error) {
    // Spotify's own playlists, which most applications do not see since November 2024.
    if (error.type() != Type::kNotFound || !id.starts_with("37i9dQ")) throw;
    throw MediaError(Type::kNotFound, "Spotify does not show bots its own playlists. One that somebody made may work.");
  }
  if (found.title.empty()) found.title = "Spotify playlist";
  // Since 2026 the entries are at /items; applications with an extended quota still have them at /tracks. Others see
  // only their owner's.
  if (TryEntries(found, "item", id, stop) || TryEntries(found, "track", id, stop)) return found;
  throw MediaError(Type::kNotFound, "Spotify shows this bot nothing of that playlist: it is empty, or not for bots.");
}

bool Spotify::TryEntries(Found& found, const std::string& key, const std::string& id, const std::stop_token& stop) {
  const std::string fields =
      "&" + QueryString({{"fields", "next,items(" + key + "(name,type,artists(name)))"}}).substr(1);
  try {
    AddPages(found, "playlists/{id}/" + key + "s", id, fields, ReadEntry, stop);
    return true;
  } catch (const MediaError& error) {
    const bool is_refused = error.type() == Type::kNotConfigured || error.type() == Type::kNotFound;
    if (!is_refused || !found.items.empty()) throw;
    return false;
  }
}

void Spotify::AddPages(Found& found, const std::string& path, const std::string& id, const std::string& more_parameters,
                       const ReadItem& read, const std::stop_token& stop) {
  // A server that never ends its pages is left.
  const std::size_t max_pages = options_.max_bundle / kPage + 2;
  for (std::size_t page = 0; page < max_pages && found.items.size() < options_.max_bundle; ++page) {
    const std::string place = QueryString({{"limit", std::to_string(kPage)}, {"offset", std::to_string(page * kPage)}});
    const Json answer = Get(path, id, place + more_parameters, stop);
    const Json& items = ListAt(answer, {"items"});
    for (const Json& entry : items) {
      if (found.items.size() >= options_.max_bundle) break;
      if (auto item = read(entry)) found.items.push_back(std::move(*item));
    }
    if (items.empty() || !At(answer, {"next"}).is_string()) break;
  }
  if (found.items.empty()) throw MediaError(Type::kNotFound, "There is nothing in it that could be played.");
}

void Spotify::Check(const std::string& id) const {
  if (options_.spotify_client_id.empty() || options_.spotify_client_secret.empty()) {
    throw MediaError(Type::kNotConfigured, "This bot has no key to read Spotify's links.");
  }
  if (!IsSpotifyId(id)) throw MediaError(Type::kNotFound, "This Spotify link is not whole.");
}

Json Spotify::Get(const std::string& path, const std::string& id, const std::string& parameters,
                  const std::stop_token& stop) {
  constexpr std::string_view kPlaceholder = "{id}";
  std::string url = options_.spotify_api_url + "/v1/" + path;
  url.replace(url.rfind(kPlaceholder), kPlaceholder.size(), id);
  url += parameters;
  std::string token = token_.Get("", stop);
  const auto ask = [&] {
    return Ask(api_, {.url = url, .url_template = "/v1/" + path, .headers = {{"Authorization", "Bearer " + token}}},
               stop);
  };
  HttpResponse response = ask();
  if (response.status == 401) {
    // It may have been withdrawn before its time; a second one that is refused is not.
    token = token_.Get(token, stop);
    response = ask();
  }
  if (response.status == 200) return ParseBody(api_, response);
  if (response.status == 401 || response.status == 403) {
    logger_.Error("Spotify refuses the bot's token: status {} of {}", response.status, path);
    throw MediaError(Type::kNotConfigured, "Spotify does not let this bot see that. Tell whoever runs it.");
  }
  ThrowStatus(api_, response.status == 400 ? 404 : response.status);
}

}  // namespace disruptor::music
