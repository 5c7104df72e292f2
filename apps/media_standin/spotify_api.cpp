#include "apps/media_standin/spotify_api.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <functional>
#include <variant>

#include "apps/media_standin/service.hpp"

namespace media_standin {
namespace {

using guildscope::http::Request;
using guildscope::http::Response;

constexpr std::size_t kMostEntries = 50;
constexpr const char* kEntries = "20";

Json Links(const std::string& kind, const std::string& id) {
  return {{"external_urls", {{"spotify", "https://open.spotify.com/" + kind + "/" + id}}},
          {"href", "https://api.spotify.com/v1/" + kind + "s/" + id},
          {"id", id},
          {"type", kind},
          {"uri", "spotify:" + kind + ":" + id}};
}

Json ArtistJson(const std::string& name) {
  std::string id;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) id += c;
  }
  id.resize(22, '0');
  Json artist = Links("artist", id);
  artist["name"] = name;
  return artist;
}

/// One page of `total` entries; a response instead when limit or offset are out of range.
std::variant<Json, Response> PageOf(const Request& request, const std::string& path, std::size_t total,
                                    const std::function<Json(std::size_t)>& entry) {
  const auto limit = ParseNumber(Parameter(request, "limit", kEntries), 1, kMostEntries);
  const auto offset = ParseNumber(Parameter(request, "offset", "0"), 0, 100'000);
  if (!limit) return SpotifyError(400, "Invalid limit");
  if (!offset) return SpotifyError(400, "Invalid offset");
  const std::string href = "https://api.spotify.com/v1" + path;
  const auto page_at = [&](std::size_t at) {
    return Json(href + "?offset=" + std::to_string(at) + "&limit=" + std::to_string(*limit));
  };
  Json items = Json::array();
  for (std::size_t i = *offset; i < std::min(*offset + *limit, total); ++i) items.push_back(entry(i));
  return Json{{"href", page_at(*offset)},
              {"limit", *limit},
              {"next", *offset + *limit < total ? page_at(*offset + *limit) : Json(nullptr)},
              {"offset", *offset},
              {"previous", *offset > 0 ? page_at(*offset - std::min(*offset, *limit)) : Json(nullptr)},
              {"total", total},
              {"items", std::move(items)}};
}

/// The fields at the front of `text`, up to a closing parenthesis.
Json TakeFields(const Json& json, std::string_view& text) {
  Json result = json.is_array() ? Json::array() : Json::object();
  if (json.is_array()) {
    std::string_view rest = text;
    for (const Json& element : json) {
      rest = text;
      result.push_back(TakeFields(element, rest));
    }
    if (json.empty()) (void)TakeFields(Json::object(), rest);
    text = rest;
    return result;
  }
  while (!text.empty() && text.front() != ')') {
    const std::size_t end = std::min(text.find_first_of(",().", 0), text.size());
    const std::string name(text.substr(0, end));
    text.remove_prefix(end);
    const bool is_there = json.is_object() && json.contains(name);
    const Json value = is_there ? json[name] : Json(nullptr);
    Json kept = value;
    if (!text.empty() && text.front() == '(') {
      text.remove_prefix(1);
      kept = TakeFields(value, text);
      if (!text.empty()) text.remove_prefix(1);
    } else if (!text.empty() && text.front() == '.') {
      text.remove_prefix(1);
      const std::size_t stop = std::min(text.find_first_of(",)"), text.size());
      std::string_view inner = text.substr(0, stop);
      kept = TakeFields(value, inner);
      text.remove_prefix(stop);
    }
    if (is_there) result[name] = value.is_null() ? Json(nullptr) : kept;
    if (!text.empty() && text.front() == ',')
      text.remove_prefix(1);
    else if (!text.empty() && text.front() != ')')
      text.remove_prefix(1);
  }
  return result;
}

Response Filtered(const Request& request, const Json& json) {
  const std::string fields = Parameter(request, "fields");
  return Answer(fields.empty() ? json : FilterFields(json, fields));
}

}  // namespace

Json FilterFields(const Json& json, std::string_view fields) { return TakeFields(json, fields); }

std::optional<std::pair<std::string, std::string>> ParseBasic(std::string_view header) {
  if (!header.starts_with("Basic ")) return std::nullopt;
  header.remove_prefix(6);
  std::string decoded(header.size() / 4 * 3 + 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                      reinterpret_cast<const unsigned char*>(header.data()), static_cast<int>(header.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::count(header.begin(), header.end(), '='));
  if (padding > static_cast<std::size_t>(size)) return std::nullopt;
  decoded.resize(static_cast<std::size_t>(size) - padding);
  const std::size_t colon = decoded.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return std::pair(decoded.substr(0, colon), decoded.substr(colon + 1));
}

Response SpotifyApi::Token(const Request& request) {
  const auto refuse = [](const std::string& error, const std::string& description) {
    return Answer({{"error", error}, {"error_description", description}}, 400);
  };
  const auto client = ParseBasic(request.Header("Authorization"));
  const bool is_known = client && !client->first.empty() && !client->second.empty() &&
                        (config_.spotify_client_id.empty() || client->first == config_.spotify_client_id) &&
                        (config_.spotify_client_secret.empty() || client->second == config_.spotify_client_secret);
  if (!is_known) return refuse("invalid_client", "Invalid client");
  if (request.body.find("grant_type=client_credentials") == std::string::npos) {
    return refuse("unsupported_grant_type", "grant_type must be client_credentials");
  }
  const std::lock_guard lock(mutex_);
  const std::string token = "standin-token-" + std::to_string(++issued_);
  tokens_[token] = clock_.SteadyNow() + config_.token_lifetime;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(config_.token_lifetime).count();
  return Answer({{"access_token", token}, {"token_type", "Bearer"}, {"expires_in", seconds}});
}

std::optional<Response> SpotifyApi::Refuse(const Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view header = request.Header("Authorization");
  if (!header.starts_with(kBearer)) return SpotifyError(401, "No token provided");
  const std::lock_guard lock(mutex_);
  const auto token = tokens_.find(std::string(header.substr(kBearer.size())));
  if (token == tokens_.end()) return SpotifyError(401, "Invalid access token");
  if (clock_.SteadyNow() >= token->second) return SpotifyError(401, "The access token expired");
  return std::nullopt;
}

void SpotifyApi::RevokeTokens() {
  const std::lock_guard lock(mutex_);
  tokens_.clear();
}

Json SpotifyApi::TrackJson(const Song& song) const {
  Json track = Links("track", song.track_id);
  track["name"] = song.title;
  track["artists"] = Json::array({ArtistJson(song.artist)});
  track["disc_number"] = 1;
  track["track_number"] = 1;
  track["duration_ms"] = song.length.count() * 1'000;
  track["explicit"] = false;
  track["is_local"] = false;
  track["preview_url"] = nullptr;
  return track;
}

Json SpotifyApi::EntryJson(const SongList& list, std::size_t position, const std::string& key) const {
  Json entry{{"added_at", "2024-01-01T12:00:00Z"}, {"added_by", nullptr}, {"is_local", false}, {key, nullptr}};
  const std::size_t index = list.songs[position];
  if (index == SongList::kPrivate) {
    entry[key] = Links("episode", std::string(22, '1'));
    entry[key]["name"] = "An episode";
  } else if (index != SongList::kDeleted) {
    entry[key] = TrackJson(catalogue_.songs()[index]);
  }
  return entry;
}

Response SpotifyApi::Track(const Request& request, const std::string& id) {
  if (auto refusal = Refuse(request)) return *refusal;
  const Song* song = catalogue_.FindTrack(id);
  return song == nullptr ? SpotifyError(404, "Resource not found") : Answer(TrackJson(*song));
}

Response SpotifyApi::AlbumTracks(const Request& request, const std::string& id) {
  if (auto refusal = Refuse(request)) return *refusal;
  const SongList* list = catalogue_.FindSpotifyList(id, true);
  if (list == nullptr) return SpotifyError(404, "Resource not found");
  auto page = PageOf(request, "/albums/" + id + "/tracks", list->songs.size(),
                     [&](std::size_t i) { return TrackJson(catalogue_.songs()[list->songs[i]]); });
  if (const auto* problem = std::get_if<Response>(&page)) return *problem;
  return Answer(std::get<Json>(page));
}

Response SpotifyApi::Album(const Request& request, const std::string& id) {
  if (auto refusal = Refuse(request)) return *refusal;
  const SongList* list = catalogue_.FindSpotifyList(id, true);
  if (list == nullptr) return SpotifyError(404, "Resource not found");
  const auto page = PageOf({.query = {{"limit", "50"}}}, "/albums/" + id + "/tracks", list->songs.size(),
                           [&](std::size_t i) { return TrackJson(catalogue_.songs()[list->songs[i]]); });
  Json album = Links("album", id);
  album["album_type"] = "album";
  album["name"] = list->title;
  album["artists"] = Json::array({ArtistJson(catalogue_.songs()[list->songs[0]].artist)});
  album["total_tracks"] = list->songs.size();
  album["release_date"] = "2024-01-01";
  album["release_date_precision"] = "day";
  album["images"] = Json::array();
  album["tracks"] = std::get<Json>(page);
  return Answer(album);
}

Response SpotifyApi::Playlist(const Request& request, const std::string& id) {
  if (auto refusal = Refuse(request)) return *refusal;
  const SongList* list = catalogue_.FindSpotifyList(id, false);
  if (list == nullptr) return SpotifyError(404, "Resource not found");
  const auto page = [&](const std::string& key) {
    return std::get<Json>(PageOf({.query = {{"limit", "50"}}}, "/playlists/" + id + "/" + key + "s", list->songs.size(),
                                 [&](std::size_t i) { return EntryJson(*list, i, key); }));
  };
  Json playlist = Links("playlist", id);
  playlist["name"] = list->title;
  playlist["description"] = "";
  playlist["collaborative"] = false;
  playlist["public"] = true;
  playlist["snapshot_id"] = "snapshot";
  playlist["images"] = Json::array();
  playlist["owner"] = {
      {"id", "curator"}, {"display_name", "Curator"}, {"type", "user"}, {"uri", "spotify:user:curator"}};
  playlist["items"] = page("item");
  playlist["tracks"] = page("track");
  return Filtered(request, playlist);
}

Response SpotifyApi::PlaylistItems(const Request& request, const std::string& id, const std::string& key) {
  if (auto refusal = Refuse(request)) return *refusal;
  const SongList* list = catalogue_.FindSpotifyList(id, false);
  if (list == nullptr) return SpotifyError(404, "Resource not found");
  auto page = PageOf(request, "/playlists/" + id + "/" + key + "s", list->songs.size(),
                     [&](std::size_t i) { return EntryJson(*list, i, key); });
  if (const auto* problem = std::get_if<Response>(&page)) return *problem;
  return Filtered(request, std::get<Json>(page));
}

}  // namespace media_standin
