#include "apps/disruptor/music/search/query_parser.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "apps/disruptor/music/search/ids.hpp"
#include "apps/disruptor/music/search/private_host.hpp"
#include "apps/disruptor/music/search/sounds.hpp"
#include "guildscope/base/utf8.hpp"
#include "guildscope/instrumentation/curl/url.hpp"

namespace disruptor::music {
namespace {

using guildscope::curl::Url;
using Parts = std::vector<std::string_view>;

ParsedQuery Refuse(std::string why) { return {.query = std::nullopt, .refusal = std::move(why)}; }
ParsedQuery Accept(QueryKind kind, std::string_view text) { return {Query{kind, std::string(text)}, {}}; }

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

Parts Split(std::string_view text, char separator) {
  Parts parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// The part of a URL's text behind its authority, without the query.
std::string_view PathOf(std::string_view url) {
  const std::size_t authority = url.find("://") + 3;
  const std::size_t path = std::min(url.find_first_of("/?", authority), url.size());
  return url.substr(path, url.find('?', path) - path);
}

std::string_view QueryParameter(std::string_view url, std::string_view name) {
  const std::size_t query = url.find('?');
  if (query == std::string_view::npos) return {};
  for (const std::string_view pair : Split(url.substr(query + 1), '&')) {
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

bool IsYouTubeHost(std::string_view host) {
  constexpr std::array<std::string_view, 6> kHosts{"youtube.com",          "www.youtube.com",
                                                   "m.youtube.com",        "music.youtube.com",
                                                   "youtube-nocookie.com", "www.youtube-nocookie.com"};
  return std::find(kHosts.begin(), kHosts.end(), host) != kHosts.end();
}

bool IsShortYouTubeHost(std::string_view host) { return host == "youtu.be" || host == "www.youtu.be"; }

ParsedQuery YouTubeVideo(std::string_view id) {
  if (!IsYouTubeVideoId(id)) {
    return Refuse("This YouTube link has no valid video in it. Copy it again from the video's Share button.");
  }
  return Accept(QueryKind::kYouTubeVideo, id);
}

ParsedQuery YouTubePlaylist(std::string_view id) {
  if (!IsYouTubePlaylistId(id)) {
    return Refuse("This YouTube link has no valid playlist in it. Copy it again from the playlist's Share button.");
  }
  // Made for whoever looks at them: nobody else can list them.
  if (id.starts_with("RD")) return Refuse("YouTube's mixes are made for you alone. Ask for one of their videos.");
  if (id == "WL" || id == "LL" || id == "LM") {
    return Refuse("This playlist is yours alone. Make a playlist that is public or unlisted.");
  }
  return Accept(QueryKind::kYouTubePlaylist, id);
}

ParsedQuery ParseYouTube(const Url& url) {
  const Parts path = Split(PathOf(url.text), '/');
  if (IsShortYouTubeHost(url.host)) return YouTubeVideo(path.empty() ? "" : path[0]);
  constexpr std::array<std::string_view, 4> kWithId{"shorts", "live", "embed", "v"};
  const std::string_view first = path.empty() ? "" : path[0];
  if (first == "watch") return YouTubeVideo(QueryParameter(url.text, "v"));
  if (first == "playlist") return YouTubePlaylist(QueryParameter(url.text, "list"));
  if (path.size() > 1 && std::find(kWithId.begin(), kWithId.end(), first) != kWithId.end())
    return YouTubeVideo(path[1]);
  return Refuse("This YouTube link is neither a video nor a playlist.");
}

ParsedQuery SpotifyThing(std::string_view kind, std::string_view id) {
  constexpr std::array<std::pair<std::string_view, QueryKind>, 3> kKinds{{{"track", QueryKind::kSpotifyTrack},
                                                                          {"album", QueryKind::kSpotifyAlbum},
                                                                          {"playlist", QueryKind::kSpotifyPlaylist}}};
  const auto* found =
      std::find_if(kKinds.begin(), kKinds.end(), [kind](const auto& each) { return each.first == kind; });
  if (found == kKinds.end())
    return Refuse("Of Spotify, tracks, albums and playlists can be played; this is none of them.");
  if (!IsSpotifyId(id)) {
    return Refuse("This Spotify link is not whole. Copy it again with Share, Copy link.");
  }
  return Accept(found->second, id);
}

ParsedQuery ParseSpotify(const Url& url) {
  Parts path = Split(PathOf(url.text), '/');
  if (!path.empty() && (path[0].starts_with("intl-") || path[0] == "embed")) path.erase(path.begin());
  return SpotifyThing(path.empty() ? "" : path[0], path.size() < 2 ? "" : path[1]);
}

/// `example:` in front of `//`; empty when there is none.
std::string SchemeOf(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos || end == 0) return {};
  const std::string scheme = ToLower(text.substr(0, end));
  return IsMadeOf(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.") ? scheme : "";
}

/// What people write without `https://`.
bool IsKnownSite(std::string_view text) {
  const std::string host = ToLower(text.substr(0, text.find_first_of("/?")));
  return host.size() < text.size() && (IsYouTubeHost(host) || IsShortYouTubeHost(host) || host == "open.spotify.com");
}

std::string_view WithoutBrackets(std::string_view text) {
  const bool in_brackets = text.size() > 2 && text.front() == '<' && text.back() == '>';
  return in_brackets && !SchemeOf(text.substr(1)).empty() ? text.substr(1, text.size() - 2) : text;
}

bool IsDefaultPort(const Url& url) { return url.port == (url.scheme == "https" ? 443 : 80); }

ParsedQuery ParseUrlQuery(std::string text, const ParseOptions& options) {
  if (const std::string refusal = RefuseUrl(text, options); !refusal.empty()) return Refuse(refusal);
  const auto url = guildscope::curl::ParseUrl(text);
  if (!url) return Refuse("This link cannot be read.");
  if (IsDefaultPort(*url)) {
    if (IsYouTubeHost(url->host) || IsShortYouTubeHost(url->host)) return ParseYouTube(*url);
    if (url->host == "open.spotify.com" || url->host == "play.spotify.com") return ParseSpotify(*url);
    if (url->host == "spotify.link") {
      return Refuse("This is a short link of Spotify's. Open it, and ask for the link that it leads to.");
    }
  }
  return Accept(QueryKind::kUrl, text);
}

ParsedQuery ParseSpotifyUri(std::string_view text) {
  const Parts parts = Split(text, ':');
  return SpotifyThing(parts.size() < 2 ? "" : parts[1], parts.size() < 3 ? "" : parts[2]);
}

}  // namespace

std::string RefuseUrl(std::string& url, const ParseOptions& options) {
  constexpr std::string_view kBroken = "This link cannot be read.";
  if (url.size() > options.max_url)
    return "This link is too long: " + std::to_string(options.max_url) + " characters at most.";
  const std::string scheme = SchemeOf(url);
  if (scheme != "http" && scheme != "https") return "Only links that begin with http:// or https:// can be played.";
  const bool is_odd =
      std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c == 0x7F || c == '\\'; });
  if (is_odd) return std::string(kBroken);
  const auto parsed = guildscope::curl::ParseUrl(url);
  if (!parsed) return std::string(kBroken);
  const std::size_t authority = parsed->text.find("://") + 3;
  const std::string_view place =
      std::string_view(parsed->text).substr(authority, parsed->text.find_first_of("/?#", authority) - authority);
  if (place.find('@') != std::string_view::npos) return "Links with a user name or a password in them are not played.";
  if (!IsMadeOf(parsed->host, "abcdefghijklmnopqrstuvwxyz0123456789-_.:")) {
    return "The site's name in this link has unusual characters. Write it in its ASCII form (xn--…).";
  }
  if (!options.allow_private_addresses && IsPrivateHost(parsed->host)) {
    return "Links into a private network are not played.";
  }
  url = parsed->text;
  return {};
}

ParsedQuery ParseQuery(std::string_view text, const ParseOptions& options) {
  text = Trim(text);
  if (text.empty()) return Refuse("Say what to play: a song, a link, or the name of a sound.");
  if (!guildscope::IsUtf8(text) || text.find('\0') != std::string_view::npos) return Refuse("This is no text.");
  if (const auto sound = MatchSound(text, options.sounds)) return Accept(QueryKind::kSound, *sound);

  text = WithoutBrackets(text);
  const bool one_word = text.find_first_of(" \t\r\n") == std::string_view::npos;
  if (one_word && ToLower(text.substr(0, 8)) == "spotify:") return ParseSpotifyUri(text);
  if (!SchemeOf(text).empty()) return ParseUrlQuery(std::string(text), options);
  if (one_word && IsKnownSite(text)) return ParseUrlQuery("https://" + std::string(text), options);
  if (one_word && ToLower(text.substr(0, 6)) == "file:/") {
    return Refuse("Only links that begin with http:// or https:// can be played.");
  }
  if (guildscope::Utf8Prefix(text, options.max_words).size() < text.size()) {
    return Refuse("That is too long to search for: " + std::to_string(options.max_words) + " characters at most.");
  }
  return Accept(QueryKind::kSearch, text);
}

}  // namespace disruptor::music
