#pragma once

#include <stop_token>
#include <string>

#include "apps/disruptor/music/media.hpp"
#include "apps/disruptor/music/search/search_options.hpp"
#include "apps/disruptor/music/search/spotify.hpp"
#include "apps/disruptor/music/search/youtube.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/instrumentation/curl/http_client.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace disruptor::music {

/// Looks things up where they are: YouTube's Data API, Spotify's Web API, the sounds folder. Any other URL is taken as
/// it is, once RefuseUrl has nothing against it; yt-dlp finds out what is there.
///
/// Every request is a CLIENT span of the HTTP client, named after its template (`GET /youtube/v3/search`), below what
/// is current where Find is called. No key is in it: they go in headers, and the redactor knows them.
///
/// A track's key is `youtube:ID`, `url:URL` or `sound:NAME`. Titles are CleanTitle's.
///
/// Cost: one to a few requests, each within `total_timeout`; of a sound, a look at the disk.
/// Threads: any; Find may run on several at once. Lifetime: telemetry, client and clock must outlive it.
class MediaSearch final : public Search {
 public:
  /// Throws std::invalid_argument for options that make no sense.
  MediaSearch(guildscope::Telemetry& telemetry, guildscope::curl::HttpClient& http, SearchOptions options,
              const guildscope::Clock& clock = guildscope::RealClock());

  Found Find(const Query& query, const std::stop_token& stop) override;

 private:
  [[nodiscard]] Found FindSoundFile(const std::string& name) const;
  [[nodiscard]] Found FindUrl(const std::string& url) const;

  const SearchOptions options_;
  YouTube youtube_;
  Spotify spotify_;
};

}  // namespace disruptor::music
