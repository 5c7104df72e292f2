#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "apps/disruptor/snowflake.hpp"
#include "guildscope/tracing/span_context.hpp"

/// What travels through the music pipeline: request, search, download, cache, player. Values, and the two interfaces
/// between its stages.
namespace disruptor::music {

enum class QueryKind {
  kSearch,        ///< Words to search for.
  kUrl,           ///< An `http` or `https` URL that yt-dlp is to make sense of.
  kSound,         ///< A file in the sounds folder, by its name.
  kYouTubeVideo,  ///< By its id, as are the following.
  kYouTubePlaylist,
  kSpotifyTrack,
  kSpotifyAlbum,
  kSpotifyPlaylist,
};

/// What somebody asked for, understood but not yet looked up.
struct Query {
  QueryKind kind = QueryKind::kSearch;
  std::string text;  ///< The words, the URL, the file's name or the id.
};

/// One thing that can be downloaded and played.
struct Track {
  /// What the cache knows it by: `youtube:dQw4w9WgXcQ`, `url:https://…`, `sound:horn.ogg`.
  std::string key;
  std::string url;    ///< What yt-dlp gets; of a sound its path.
  std::string title;  ///< For people; never empty.
  std::string artist;
  std::chrono::milliseconds length{0};  ///< 0: not known yet.
};

/// One track that somebody asked for, from the command to the player.
struct Request {
  std::string uuid;    ///< RFC 9562, version 4: `music.media_request.uuid` on every span.
  std::string bundle;  ///< The uuid of the bundle that it belongs to; every request belongs to one.
  Snowflake guild = 0;
  Snowflake text_channel = 0;              ///< Where the bundle's progress is told.
  Snowflake voice_channel = 0;             ///< Where it is to be played.
  Snowflake user = 0;                      ///< Who asked.
  guildscope::tracing::SpanContext asked;  ///< The command's span: what the spans of the stages link to.
};

/// Why something cannot be played. The text is for the user who asked: no secret, no internals.
class MediaError : public std::runtime_error {
 public:
  enum class Type {
    kNotFound,       ///< Nothing of that name, or it is gone.
    kUnavailable,    ///< The other side refuses or does not answer; later it may.
    kNotConfigured,  ///< Needs a key that this bot was not given.
    kTooLarge,       ///< Longer or larger than allowed.
    kTimeout,
    kBadMedia,  ///< There is something, but no sound in it that could be played.
    kStopped,   ///< The bot ends, or nobody wants it any more.
    kInternal,  ///< Ours: no disk space, no yt-dlp.
  };
  MediaError(Type type, const std::string& text) : std::runtime_error(text), type_(type) {}
  [[nodiscard]] Type type() const noexcept { return type_; }

 private:
  Type type_;
};

[[nodiscard]] const char* ToString(MediaError::Type type) noexcept;

/// What a query stands for: tracks, or queries to be asked one by one (the tracks of a Spotify playlist are searches).
struct Found {
  struct Item {
    Track track;              ///< When `query.text` is empty.
    Query query;              ///< Otherwise: what to ask next.
    std::string description;  ///< For people: `Rick Astley - Never Gonna Give You Up`.
  };
  std::string title;        ///< Of the playlist or album; empty: it is one track.
  std::vector<Item> items;  ///< Never empty.
};

/// Looks things up where they are: YouTube, Spotify, the sounds folder.
class Search {
 public:
  virtual ~Search() = default;

  /// Blocks for as long as it takes; ends early when stop is requested. Throws MediaError.
  virtual Found Find(const Query& query, const std::stop_token& stop) = 0;
};

/// A file that is ready to be played: Ogg Opus, 48 kHz, 20 ms frames.
struct AudioFile {
  std::filesystem::path path;
  std::chrono::milliseconds length{0};
  std::uint64_t bytes = 0;
  std::string title;  ///< As its source calls it; empty: it does not say.
};

/// While somebody holds it, the file is not removed from the cache.
using AudioFilePtr = std::shared_ptr<const AudioFile>;

/// Where audio comes from.
class AudioSource {
 public:
  virtual ~AudioSource() = default;

  /// From the cache alone; null when it is not there. Counts a hit or a miss. Throws DatabaseError.
  virtual AudioFilePtr FindCached(const Track& track) = 0;

  /// Downloads it, turns it into Opus and puts it into the cache. Blocks for as long as it takes; ends early when stop
  /// is requested. `guild` is whose audio work it is. Throws MediaError.
  virtual AudioFilePtr Fetch(const Track& track, Snowflake guild, const std::stop_token& stop) = 0;
};

/// A track on its way to a player.
struct QueuedTrack {
  Request request;
  Track track;
  AudioFilePtr audio;
};

}  // namespace disruptor::music
