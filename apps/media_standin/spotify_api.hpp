#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/media_standin/catalogue.hpp"
#include "apps/media_standin/config.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/http/message.hpp"

namespace media_standin {

/// The parts of Spotify's Web API that say what is in a link, in its JSON shapes, and the token of the client
/// credentials flow. The entries of playlists are at `/items` (with `item`) and, as for older clients, at `/tracks`
/// (with `track`).
///
/// Threads: any. Lifetime: catalogue, settings and clock must outlive it.
class SpotifyApi {
 public:
  SpotifyApi(const Catalogue& catalogue, const Config& config, const guildscope::Clock& clock)
      : catalogue_(catalogue), config_(config), clock_(clock) {}

  using Request = guildscope::http::Request;
  using Response = guildscope::http::Response;

  [[nodiscard]] Response Token(const Request& request);
  [[nodiscard]] Response Track(const Request& request, const std::string& id);
  [[nodiscard]] Response Album(const Request& request, const std::string& id);
  [[nodiscard]] Response AlbumTracks(const Request& request, const std::string& id);
  [[nodiscard]] Response Playlist(const Request& request, const std::string& id);
  /// `key`: `item` or `track`.
  [[nodiscard]] Response PlaylistItems(const Request& request, const std::string& id, const std::string& key);

  /// No token that was given out is accepted any more.
  void RevokeTokens();

 private:
  [[nodiscard]] std::optional<Response> Refuse(const Request& request);
  [[nodiscard]] Json TrackJson(const Song& song) const;
  [[nodiscard]] Json EntryJson(const SongList& list, std::size_t position, const std::string& key) const;

  const Catalogue& catalogue_;
  const Config& config_;
  const guildscope::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> tokens_;  // guarded by mutex_; each with its end
  std::uint64_t issued_ = 0;                                             // guarded by mutex_
};

/// Of a JSON value the fields that `fields` names, as Spotify's parameter of that name does: `name`,
/// `next,items(track(name,artists(name)))`, `tracks.total`.
[[nodiscard]] Json FilterFields(const Json& json, std::string_view fields);

/// The user and the password of a header `Basic …`; nothing when it is none.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> ParseBasic(std::string_view header);

}  // namespace media_standin
