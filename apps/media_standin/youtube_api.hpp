#pragma once

#include <optional>
#include <string>

#include "apps/media_standin/catalogue.hpp"
#include "guildscope/http/message.hpp"

namespace media_standin {

/// The parts of YouTube's Data API v3 that find songs, in its JSON shapes: only the parts that are asked for, titles of
/// searches with HTML entities, private and deleted entries of playlists as YouTube shows them.
///
/// Threads: any. Lifetime: the catalogue must outlive it.
class YouTubeApi {
 public:
  /// `key`: the only one that is accepted; empty: any.
  YouTubeApi(const Catalogue& catalogue, std::string key) : catalogue_(catalogue), key_(std::move(key)) {}

  using Request = guildscope::http::Request;
  using Response = guildscope::http::Response;

  [[nodiscard]] Response Search(const Request& request) const;
  [[nodiscard]] Response Videos(const Request& request) const;
  [[nodiscard]] Response Playlists(const Request& request) const;
  [[nodiscard]] Response PlaylistItems(const Request& request) const;

 private:
  /// Why a request is refused; nothing when it is not.
  [[nodiscard]] std::optional<Response> Refuse(const Request& request) const;
  [[nodiscard]] Json PlaylistItem(const SongList& list, std::size_t position, const std::string& parts) const;

  const Catalogue& catalogue_;
  const std::string key_;
};

}  // namespace media_standin
