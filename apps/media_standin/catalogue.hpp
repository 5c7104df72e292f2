#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace media_standin {

using Json = nlohmann::json;

struct Song {
  std::string video_id;  ///< Of YouTube.
  std::string track_id;  ///< Of Spotify.
  std::string title;
  std::string artist;
  std::chrono::seconds length{0};
  int tone_hz = 0;       ///< Of its audio; no two songs have the same.
  bool is_live = false;  ///< A broadcast on YouTube, not on Spotify.
};

/// A playlist, or an album.
struct SongList {
  std::string youtube_id;
  std::string spotify_id;
  std::string title;
  bool is_album = false;
  std::vector<std::size_t> songs;  ///< Indices; kPrivate, kDeleted.

  /// An entry that cannot be played: on YouTube a private or a deleted video, on Spotify an episode or nothing.
  static constexpr std::size_t kPrivate = static_cast<std::size_t>(-1);
  static constexpr std::size_t kDeleted = static_cast<std::size_t>(-2);
};

/// Made-up artists, songs, playlists and albums; the same for one seed on every machine. The first playlist has 60
/// entries, one of them private and one deleted; the first album has 3. The last song is a broadcast, in no list.
///
/// Threads: any; it does not change.
class Catalogue {
 public:
  Catalogue(std::uint64_t seed, std::size_t songs, std::size_t playlists, std::size_t albums);

  [[nodiscard]] const std::vector<Song>& songs() const noexcept { return songs_; }
  /// Playlists, then albums.
  [[nodiscard]] const std::vector<SongList>& lists() const noexcept { return lists_; }

  /// Null when there is none of that id.
  [[nodiscard]] const Song* FindVideo(std::string_view id) const noexcept;
  [[nodiscard]] const Song* FindTrack(std::string_view id) const noexcept;
  [[nodiscard]] const SongList* FindYouTubeList(std::string_view id) const noexcept;
  [[nodiscard]] const SongList* FindSpotifyList(std::string_view id, bool is_album) const noexcept;

  /// The songs with the most of these words in artist or title first; none without any.
  [[nodiscard]] std::vector<const Song*> Search(std::string_view words, std::size_t limit) const;

  [[nodiscard]] Json ToJson() const;

 private:
  std::vector<Song> songs_;
  std::vector<SongList> lists_;
};

}  // namespace media_standin
