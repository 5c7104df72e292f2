#include "apps/disruptor/music/search/youtube.hpp"

#include <algorithm>
#include <cctype>

#include "apps/disruptor/music/search/ids.hpp"
#include "apps/disruptor/music/search/title.hpp"

namespace disruptor::music {
namespace {

using guildscope::curl::HttpResponse;
using Type = MediaError::Type;

constexpr std::size_t kPage = 50;        // the most that the API gives or takes at once
constexpr std::size_t kCandidates = 10;  // of a search

/// Most titles of music begin with who plays it.
std::string Describe(const Track& track) {
  const bool says_artist =
      std::search(track.title.begin(), track.title.end(), track.artist.begin(), track.artist.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
      }) != track.title.end();
  return track.artist.empty() || says_artist ? track.title : track.artist + " - " + track.title;
}

/// YouTube makes a channel `Somebody - Topic` of music that others uploaded.
std::string ArtistOf(const std::string& channel) {
  constexpr std::string_view kTopic = " - Topic";
  std::string artist = CleanTitle(channel, 100);
  if (artist.ends_with(kTopic)) artist.resize(artist.size() - kTopic.size());
  return artist;
}

Found::Item ItemOf(Track track) {
  std::string description = Describe(track);
  return {.track = std::move(track), .query = {}, .description = std::move(description)};
}

Found OnlyOne(Track track) {
  Found found;
  found.items.push_back(ItemOf(std::move(track)));
  return found;
}

}  // namespace

YouTube::YouTube(Api api, const SearchOptions& options, const guildscope::Clock& clock,
                 guildscope::logging::Logger logger)
    : api_(std::move(api)),
      options_(options),
      clock_(clock),
      logger_(std::move(logger)),
      cache_(options.search_cache_size, options.search_cache_time, clock) {}

Found YouTube::Search(const std::string& words, const std::stop_token& stop) {
  RequireKey("search YouTube");
  if (auto known = cache_.Find(words)) return OnlyOne(std::move(*known));
  const Json answer = Get(
      "search",
      QueryString({{"part", "snippet"}, {"type", "video"}, {"maxResults", std::to_string(kCandidates)}, {"q", words}}),
      stop);
  std::vector<std::string> ids;
  for (const Json& item : ListAt(answer, {"items"})) {
    const std::string id = TextAt(item, {"id", "videoId"});
    const std::string live = TextAt(item, {"snippet", "liveBroadcastContent"});
    if (IsYouTubeVideoId(id) && live != "live" && live != "upcoming" && ids.size() < kCandidates) ids.push_back(id);
  }
  if (!ids.empty()) {
    auto details = Look(ids, stop);
    for (const std::string& id : ids) {
      const auto found = details.find(id);
      if (found == details.end() || !found->second.problem.empty()) continue;
      cache_.Keep(words, found->second.track);
      return OnlyOne(std::move(found->second.track));
    }
  }
  throw MediaError(Type::kNotFound, "YouTube has nothing for: " + CleanTitle(words, 100));
}

Found YouTube::Video(const std::string& id, const std::stop_token& stop) {
  if (!IsYouTubeVideoId(id)) throw MediaError(Type::kNotFound, "This is no YouTube video.");
  // yt-dlp finds out the rest.
  if (options_.youtube_api_key.empty()) return OnlyOne(TrackOf(id));
  auto details = Look({id}, stop);
  const auto found = details.find(id);
  if (found == details.end()) throw MediaError(Type::kNotFound, "This YouTube video does not exist, or it is private.");
  if (!found->second.problem.empty()) throw MediaError(found->second.type, found->second.problem);
  return OnlyOne(std::move(found->second.track));
}

Found YouTube::Playlist(const std::string& id, const std::stop_token& stop) {
  if (!IsYouTubePlaylistId(id)) throw MediaError(Type::kNotFound, "This is no YouTube playlist.");
  RequireKey("read YouTube's playlists");
  const std::vector<std::string> ids = IdsOfPlaylist(id, stop);
  const Json lists = Get("playlists", QueryString({{"part", "snippet"}, {"id", id}}), stop);
  const Json& items = ListAt(lists, {"items"});
  Found found;
  if (!items.empty()) found.title = CleanTitle(TextAt(items.front(), {"snippet", "title"}));
  if (found.title.empty()) found.title = "YouTube playlist";
  for (std::size_t begin = 0; begin < ids.size(); begin += kPage) {
    const std::size_t end = std::min(begin + kPage, ids.size());
    const std::vector<std::string> page(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                        ids.begin() + static_cast<std::ptrdiff_t>(end));
    const auto details = Look(page, stop);
    for (const std::string& video : page) {
      const auto known = details.find(video);
      if (known != details.end() && known->second.problem.empty()) found.items.push_back(ItemOf(known->second.track));
    }
  }
  if (found.items.empty()) {
    throw MediaError(Type::kNotFound, "There is nothing in this YouTube playlist that could be played.");
  }
  return found;
}

std::vector<std::string> YouTube::IdsOfPlaylist(const std::string& id, const std::stop_token& stop) {
  std::vector<std::string> ids;
  std::string page_token;
  // A server that never ends its pages, or gives empty ones, is left.
  const std::size_t max_pages = options_.max_bundle / kPage + 2;
  for (std::size_t page = 0; page < max_pages && ids.size() < options_.max_bundle; ++page) {
    std::string parameters = QueryString(
        {{"part", "snippet,contentDetails,status"}, {"maxResults", std::to_string(kPage)}, {"playlistId", id}});
    if (!page_token.empty()) parameters += "&" + QueryString({{"pageToken", page_token}}).substr(1);
    const Json answer = Get("playlistItems", parameters, stop);
    for (const Json& item : ListAt(answer, {"items"})) {
      const std::string video = TextAt(item, {"contentDetails", "videoId"});
      const std::string privacy = TextAt(item, {"status", "privacyStatus"});
      const bool is_there = privacy != "private" && privacy != "privacyStatusUnspecified";
      if (IsYouTubeVideoId(video) && is_there && ids.size() < options_.max_bundle) ids.push_back(video);
    }
    page_token = TextAt(answer, {"nextPageToken"});
    if (page_token.empty() || page_token.size() > 512) break;
  }
  return ids;
}

std::map<std::string, YouTube::Details> YouTube::Look(const std::vector<std::string>& ids,
                                                      const std::stop_token& stop) {
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ",") + id;
  const Json answer = Get("videos", QueryString({{"part", "snippet,contentDetails,status"}, {"id", list}}), stop);
  std::map<std::string, Details> details;
  for (const Json& item : ListAt(answer, {"items"})) {
    const std::string id = TextAt(item, {"id"});
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) details.try_emplace(id, ReadDetails(id, item));
  }
  return details;
}

YouTube::Details YouTube::ReadDetails(const std::string& id, const Json& item) const {
  Details details{.track = TrackOf(id), .problem = {}};
  if (std::string title = CleanTitle(TextAt(item, {"snippet", "title"})); !title.empty()) {
    details.track.title = std::move(title);
  }
  details.track.artist = ArtistOf(TextAt(item, {"snippet", "channelTitle"}));
  details.track.length =
      ParseIsoDuration(TextAt(item, {"contentDetails", "duration"})).value_or(std::chrono::seconds(0));
  const std::string live = TextAt(item, {"snippet", "liveBroadcastContent"});
  const std::string upload = TextAt(item, {"status", "uploadStatus"});
  if (live == "live" || live == "upcoming") {
    details.problem = "This is a live broadcast. Only videos with an end can be played.";
  } else if (upload == "deleted" || upload == "failed" || upload == "rejected") {
    details.problem = "This YouTube video has been removed.";
    details.type = Type::kNotFound;
  } else if (TextAt(item, {"contentDetails", "contentRating", "ytRating"}) == "ytAgeRestricted") {
    details.problem = "YouTube shows this video only to those who have proved their age.";
    details.type = Type::kUnavailable;
  }
  return details;
}

Track YouTube::TrackOf(const std::string& id) const {
  constexpr std::string_view kPlaceholder = "{id}";
  Track track{.key = "youtube:" + id, .url = options_.youtube_watch_url, .title = "YouTube video " + id, .artist = {}};
  if (const std::size_t at = track.url.find(kPlaceholder); at != std::string::npos) {
    track.url.replace(at, kPlaceholder.size(), id);
  }
  return track;
}

Json YouTube::Get(const std::string& method, const std::string& parameters, const std::stop_token& stop) {
  if (clock_.SteadyNow() < PausedUntil(method).load()) ThrowQuotaUsedUp();
  const HttpResponse response = Ask(api_,
                                    {.url = options_.youtube_api_url + "/youtube/v3/" + method + parameters,
                                     .url_template = "/youtube/v3/" + method,
                                     .headers = {{"X-Goog-Api-Key", options_.youtube_api_key}}},
                                    stop);
  if (response.status != 200) ThrowError(method, response);
  return ParseBody(api_, response);
}

void YouTube::ThrowError(const std::string& method, const HttpResponse& response) {
  const Json body = Json::parse(response.body, nullptr, false);
  const Json& errors = ListAt(body, {"error", "errors"});
  const std::string reason = errors.empty() ? "" : TextAt(errors.front(), {"reason"});
  if (response.status == 403 && (reason == "quotaExceeded" || reason == "dailyLimitExceeded")) {
    logger_.Error("the daily quota of the key for YouTube is used up for {}; the next try is in {} s", method,
                  std::chrono::duration_cast<std::chrono::seconds>(options_.quota_pause).count());
    PausedUntil(method) = clock_.SteadyNow() + options_.quota_pause;
    ThrowQuotaUsedUp();
  }
  if (response.status == 403 && (reason == "rateLimitExceeded" || reason == "userRateLimitExceeded")) {
    ThrowStatus(api_, 429);
  }
  if (response.status == 403 && (reason == "playlistItemsNotAccessible" || reason == "playlistForbidden")) {
    ThrowStatus(api_, 404);
  }
  if (response.status == 400 || response.status == 401 || response.status == 403) {
    logger_.Error("YouTube refuses the bot's key or request: status {}, reason {}", response.status,
                  CleanTitle(reason, 50));
    throw MediaError(Type::kNotConfigured, "YouTube does not accept the key of this bot. Tell whoever runs it.");
  }
  ThrowStatus(api_, response.status);
}

void YouTube::ThrowQuotaUsedUp() {
  throw MediaError(Type::kUnavailable, "The bot has used up what YouTube lets it ask in a day. Try again tomorrow.");
}

void YouTube::RequireKey(const std::string& what) const {
  if (!options_.youtube_api_key.empty()) return;
  throw MediaError(Type::kNotConfigured, "This bot has no key to " + what + ". Links to YouTube videos work.");
}

}  // namespace disruptor::music
