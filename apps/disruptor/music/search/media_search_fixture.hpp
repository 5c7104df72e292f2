#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apps/disruptor/music/search/media_search.hpp"
#include "apps/media_standin/standin.hpp"
#include "guildscope/instrumentation/curl/http_client_fixture.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/http_client.hpp"

namespace disruptor::music {

/// A search over the real HTTP client, against the stand-in or a scripted server, whose spans can be looked at.
class MediaSearchFixture : public guildscope::curl::HttpClientFixture {
 protected:
  static constexpr const char* kKey = "youtube-key-1234567890";
  static constexpr const char* kSecret = "spotify-secret-1234567890";

  /// All of it at this server.
  static SearchOptions OptionsFor(const std::string& url) {
    SearchOptions options;
    options.youtube_api_url = url;
    options.youtube_api_key = kKey;
    options.youtube_watch_url = url + "/watch/{id}.wav";
    options.spotify_api_url = url;
    options.spotify_token_url = url + "/api/token";
    options.spotify_client_id = "client-id";
    options.spotify_client_secret = kSecret;
    return options;
  }

  MediaSearch SearchAt(SearchOptions options) { return {telemetry_, *client_, std::move(options), clock_}; }

  /// What the MediaError says that comes instead of something found.
  struct Refusal {
    std::optional<MediaError::Type> type;
    std::string text;
  };
  static Refusal RefusalOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const MediaError& error) {
      return {error.type(), error.what()};
    }
    return {std::nullopt, "found"};
  }
  static Refusal RefusalOf(MediaSearch& search, QueryKind kind, const std::string& text) {
    return RefusalOf([&] { (void)search.Find({kind, text}, {}); });
  }

  guildscope::testing::FakeClock clock_;
};

/// With the stand-in, which accepts these keys alone.
class StandinSearchTest : public MediaSearchFixture {
 protected:
  static media_standin::Config MakeConfig() {
    media_standin::Config config;
    config.port = 0;
    config.youtube_api_key = kKey;
    config.spotify_client_id = "client-id";
    config.spotify_client_secret = kSecret;
    return config;
  }
  void AddFault(const media_standin::Json& fault) {
    ASSERT_EQ(guildscope::testing::Post(standin_.port(), "/faults", fault.dump()).status, 200);
  }
  /// How often a route was answered with a status.
  std::uint64_t Answers(const std::string& route, int status) {
    const media_standin::Json ledger = standin_.ledger();
    for (const auto& entry : ledger["requests"]) {
      if (entry["route"] == route && entry["status"] == status) return entry["count"].get<std::uint64_t>();
    }
    return 0;
  }
  const media_standin::Song& song(std::size_t i) const { return standin_.catalogue().songs()[i]; }
  const media_standin::SongList& list(std::size_t i) const { return standin_.catalogue().lists()[i]; }

  media_standin::Standin standin_{MakeConfig(), clock_};
  MediaSearch search_ = SearchAt(OptionsFor(standin_.url()));
};

}  // namespace disruptor::music
