#include "apps/media_standin/youtube_api.hpp"

#include <algorithm>
#include <sstream>

#include "apps/media_standin/service.hpp"

namespace media_standin {
namespace {

using guildscope::http::Request;
using guildscope::http::Response;

constexpr const char* kPublished = "2024-01-01T12:00:00Z";
constexpr std::size_t kMostResults = 50;
constexpr std::size_t kResults = 5;

std::string ChannelId(const std::string& artist) {
  std::string id = "UC";
  for (const char c : artist) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) id += c;
  }
  id.resize(24, '0');
  return id;
}

std::string Escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\'') {
      escaped += "&#39;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

Json Thumbnails(const std::string& id) {
  return {{"default", {{"url", "https://i.ytimg.com/vi/" + id + "/default.jpg"}, {"width", 120}, {"height", 90}}}};
}

Json Snippet(const Song& song, const std::string& title) {
  return {{"publishedAt", kPublished},
          {"channelId", ChannelId(song.artist)},
          {"title", title},
          {"description", ""},
          {"thumbnails", Thumbnails(song.video_id)},
          {"channelTitle", song.artist},
          {"liveBroadcastContent", song.is_live ? "live" : "none"}};
}

bool Wants(const std::string& parts, const std::string& part) {
  return ("," + parts + ",").find("," + part + ",") != std::string::npos;
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

Json ListOf(const std::string& kind, Json items, std::size_t total, std::size_t per_page) {
  return {{"kind", "youtube#" + kind},
          {"etag", "etag"},
          {"pageInfo", {{"totalResults", total}, {"resultsPerPage", per_page}}},
          {"items", std::move(items)}};
}

Response MissingParameter(const std::string& name) {
  return YouTubeError(400, "missingRequiredParameter", "No filter or part selected: " + name + ".");
}

Json VideoJson(const Song& song, const std::string& parts) {
  Json video{{"kind", "youtube#video"}, {"etag", "etag"}, {"id", song.video_id}};
  if (Wants(parts, "snippet")) {
    video["snippet"] = Snippet(song, song.title);
    video["snippet"]["categoryId"] = "10";
    video["snippet"]["localized"] = {{"title", song.title}, {"description", ""}};
  }
  if (Wants(parts, "contentDetails")) {
    video["contentDetails"] = {
        {"duration", song.is_live ? std::string("P0D") : "PT" + std::to_string(song.length.count()) + "S"},
        {"dimension", "2d"},
        {"definition", "hd"},
        {"caption", "false"},
        {"licensedContent", true},
        {"contentRating", Json::object()},
        {"projection", "rectangular"}};
  }
  if (Wants(parts, "status")) {
    video["status"] = {{"uploadStatus", "processed"}, {"privacyStatus", "public"}, {"license", "youtube"},
                       {"embeddable", true},          {"madeForKids", false},      {"publicStatsViewable", true}};
  }
  return video;
}

}  // namespace

std::optional<Response> YouTubeApi::Refuse(const Request& request) const {
  std::string key(request.Header("X-Goog-Api-Key"));
  if (key.empty()) key = Parameter(request, "key");
  if (key.empty()) {
    return YouTubeError(403, "forbidden", "Method doesn't allow unregistered callers. Please use an API key.");
  }
  if (!key_.empty() && key != key_) {
    return YouTubeError(400, "badRequest", "API key not valid. Please pass a valid API key.");
  }
  if (Parameter(request, "part").empty()) return MissingParameter("part");
  return std::nullopt;
}

Response YouTubeApi::Search(const Request& request) const {
  if (auto refusal = Refuse(request)) return *refusal;
  const auto most = ParseNumber(Parameter(request, "maxResults", std::to_string(kResults)), 0, kMostResults);
  if (!most) return YouTubeError(400, "invalidParameter", "Invalid value for maxResults.");
  const auto songs = catalogue_.Search(Parameter(request, "q"), *most);
  Json items = Json::array();
  for (const Song* song : songs) {
    Json snippet = Snippet(*song, Escape(song->title));
    snippet["channelTitle"] = Escape(song->artist);
    snippet["publishTime"] = kPublished;
    items.push_back({{"kind", "youtube#searchResult"},
                     {"etag", "etag"},
                     {"id", {{"kind", "youtube#video"}, {"videoId", song->video_id}}},
                     {"snippet", std::move(snippet)}});
  }
  Json list = ListOf("searchListResponse", std::move(items), songs.size(), *most);
  list["regionCode"] = "US";
  return Answer(list);
}

Response YouTubeApi::Videos(const Request& request) const {
  if (auto refusal = Refuse(request)) return *refusal;
  const auto ids = Split(Parameter(request, "id"));
  if (ids.empty()) return MissingParameter("id");
  if (ids.size() > kMostResults) return YouTubeError(400, "invalidFilters", "Too many ids.");
  Json items = Json::array();
  for (const std::string& id : ids) {
    if (const Song* song = catalogue_.FindVideo(id)) items.push_back(VideoJson(*song, Parameter(request, "part")));
  }
  const std::size_t count = items.size();
  return Answer(ListOf("videoListResponse", std::move(items), count, count));
}

Response YouTubeApi::Playlists(const Request& request) const {
  if (auto refusal = Refuse(request)) return *refusal;
  Json items = Json::array();
  for (const std::string& id : Split(Parameter(request, "id"))) {
    const SongList* list = catalogue_.FindYouTubeList(id);
    if (list == nullptr) continue;
    items.push_back({{"kind", "youtube#playlist"},
                     {"etag", "etag"},
                     {"id", id},
                     {"snippet",
                      {{"publishedAt", kPublished},
                       {"channelId", ChannelId("Curator")},
                       {"title", list->title},
                       {"description", ""},
                       {"thumbnails", Thumbnails(id)},
                       {"channelTitle", "Curator"},
                       {"localized", {{"title", list->title}, {"description", ""}}}}}});
  }
  const std::size_t count = items.size();
  return Answer(ListOf("playlistListResponse", std::move(items), count, kResults));
}

Json YouTubeApi::PlaylistItem(const SongList& list, std::size_t position, const std::string& parts) const {
  const std::size_t index = list.songs[position];
  const bool is_private = index == SongList::kPrivate;
  const bool is_deleted = index == SongList::kDeleted;
  const Song* song = is_private || is_deleted ? nullptr : &catalogue_.songs()[index];
  const std::string id = song != nullptr ? song->video_id : is_private ? "PRIVATE0000" : "DELETED0000";
  Json item{
      {"kind", "youtube#playlistItem"}, {"etag", "etag"}, {"id", list.youtube_id + "." + std::to_string(position)}};
  if (Wants(parts, "snippet")) {
    item["snippet"] = {{"publishedAt", kPublished},
                       {"channelId", ChannelId("Curator")},
                       {"title", song != nullptr ? song->title
                                 : is_private    ? "Private video"
                                                 : "Deleted video"},
                       {"description", song != nullptr ? "" : "This video is unavailable."},
                       {"thumbnails", song != nullptr ? Thumbnails(id) : Json::object()},
                       {"channelTitle", "Curator"},
                       {"playlistId", list.youtube_id},
                       {"position", position},
                       {"resourceId", {{"kind", "youtube#video"}, {"videoId", id}}}};
    if (song != nullptr) {
      item["snippet"]["videoOwnerChannelTitle"] = song->artist;
      item["snippet"]["videoOwnerChannelId"] = ChannelId(song->artist);
    }
  }
  if (Wants(parts, "contentDetails")) {
    item["contentDetails"] = {{"videoId", id}};
    if (song != nullptr) item["contentDetails"]["videoPublishedAt"] = kPublished;
  }
  if (Wants(parts, "status")) {
    item["status"] = {{"privacyStatus", song != nullptr ? "public"
                                        : is_private    ? "private"
                                                        : "privacyStatusUnspecified"}};
  }
  return item;
}

Response YouTubeApi::PlaylistItems(const Request& request) const {
  if (auto refusal = Refuse(request)) return *refusal;
  const SongList* list = catalogue_.FindYouTubeList(Parameter(request, "playlistId"));
  if (list == nullptr) {
    return YouTubeError(404, "playlistNotFound",
                        "The playlist identified with the request's playlistId parameter cannot be found.");
  }
  const auto most = ParseNumber(Parameter(request, "maxResults", std::to_string(kResults)), 1, kMostResults);
  const auto begin = ParseNumber(Parameter(request, "pageToken", "0"), 0, list->songs.size());
  if (!most || !begin) return YouTubeError(400, "invalidPageToken", "The request specifies an invalid page token.");
  const std::size_t end = std::min(*begin + *most, list->songs.size());
  Json items = Json::array();
  for (std::size_t i = *begin; i < end; ++i) items.push_back(PlaylistItem(*list, i, Parameter(request, "part")));
  Json answer = ListOf("playlistItemListResponse", std::move(items), list->songs.size(), *most);
  if (end < list->songs.size()) answer["nextPageToken"] = std::to_string(end);
  if (*begin > 0) answer["prevPageToken"] = std::to_string(*begin - std::min(*begin, *most));
  return Answer(answer);
}

}  // namespace media_standin
