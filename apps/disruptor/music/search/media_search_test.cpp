#include "apps/disruptor/music/search/media_search.hpp"

#include <unistd.h>

#include <fstream>
#include <thread>

#include "apps/disruptor/music/search/media_search_fixture.hpp"

namespace disruptor::music {
namespace {

using guildscope::testing::MakeAnswer;
using guildscope::testing::ScriptedServer;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Type = MediaError::Type;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

using MediaSearchTest = MediaSearchFixture;

TEST_F(MediaSearchTest, EndsARequestThatRunsAsSoonAsItIsStopped) {
  for (const QueryKind kind : {QueryKind::kSearch, QueryKind::kSpotifyTrack}) {
    ScriptedServer server(Always({.bytes = "", .then = Then::kHold}));
    SearchOptions options = OptionsFor(server.url());
    options.attempt_timeout = options.total_timeout = kPatience;
    MediaSearch search = SearchAt(options);
    std::stop_source stop;
    std::jthread stopper([&] {
      while (server.requests().empty()) std::this_thread::yield();
      stop.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    const auto refusal = RefusalOf([&] { (void)search.Find({kind, "4uLU6hMCjMI75M1A2tKUQC"}, stop.get_token()); });
    EXPECT_EQ(refusal.type, Type::kStopped);
    EXPECT_LT(std::chrono::steady_clock::now() - start, kPatience / 2);
    EXPECT_EQ(RefusalOf([&] { (void)search.Find({kind, "a"}, stop.get_token()); }).type, Type::kStopped);
    EXPECT_THAT(server.requests(), SizeIs(1));
  }
}

TEST_F(MediaSearchTest, LeavesATokenThatOneWhoWasStoppedWaitedForToTheNext) {
  int tokens = 0;
  ScriptedServer server([&](const guildscope::testing::SeenRequest& request) -> guildscope::testing::ScriptedAnswer {
    if (request.method != "POST") return {MakeAnswer(200, R"({"name": "Song"})")};
    if (++tokens == 1) return {.bytes = "", .then = Then::kHold};
    return {MakeAnswer(200, R"({"access_token": "t", "expires_in": 3600})")};
  });
  MediaSearch search = SearchAt(OptionsFor(server.url()));
  const Query query{QueryKind::kSpotifyTrack, "4uLU6hMCjMI75M1A2tKUQC"};
  std::stop_source stop;
  std::jthread stopped(
      [&] { EXPECT_EQ(RefusalOf([&] { (void)search.Find(query, stop.get_token()); }).type, Type::kStopped); });
  while (server.requests().empty()) std::this_thread::yield();
  std::jthread next([&] { EXPECT_EQ(search.Find(query, {}).items.at(0).description, "Song"); });
  stop.request_stop();
}

TEST_F(MediaSearchTest, SaysThatAServiceDoesNotAnswerOrIsNotThere) {
  ScriptedServer server(Always({.bytes = "", .then = Then::kHold}));
  SearchOptions options = OptionsFor(server.url());
  options.attempt_timeout = options.total_timeout = 50ms;
  MediaSearch slow = SearchAt(options);
  const auto timeout = RefusalOf(slow, QueryKind::kSearch, "a");
  EXPECT_EQ(timeout.type, Type::kTimeout);
  EXPECT_THAT(timeout.text, HasSubstr("YouTube"));
  std::string url;
  {
    const ScriptedServer gone(Always({}));
    url = gone.url();
  }
  MediaSearch nowhere = SearchAt(OptionsFor(url));
  EXPECT_EQ(RefusalOf(nowhere, QueryKind::kSearch, "a").type, Type::kUnavailable);
}

TEST_F(MediaSearchTest, FindsSoundsInTheFolderAlone) {
  const fs::path folder = fs::path(::testing::TempDir()) / ("media_search_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "air horn.ogg") << "x";
  SearchOptions options;
  options.sounds_directory = folder;
  MediaSearch search = SearchAt(options);
  const Track track = search.Find({QueryKind::kSound, "air horn.ogg"}, {}).items[0].track;
  EXPECT_EQ(track.key, "sound:air horn.ogg");
  EXPECT_EQ(track.url, fs::canonical(folder / "air horn.ogg").string());
  EXPECT_EQ(track.title, "air horn");
  EXPECT_EQ(RefusalOf(search, QueryKind::kSound, "../air horn.ogg").type, Type::kNotFound);
  fs::remove_all(folder);
  EXPECT_EQ(RefusalOf(search, QueryKind::kSound, "air horn.ogg").type, Type::kNotFound);
  MediaSearch none = SearchAt({});
  EXPECT_EQ(RefusalOf(none, QueryKind::kSound, "air horn.ogg").type, Type::kNotFound);
}

TEST_F(MediaSearchTest, TakesAUrlAsItIsButNotIntoAPrivateNetwork) {
  MediaSearch search = SearchAt({});
  const Track track =
      search.Find({QueryKind::kUrl, "https://example.com/music/song.mp3?token=hidden"}, {}).items[0].track;
  EXPECT_EQ(track.key, "url:https://example.com/music/song.mp3?token=hidden");
  EXPECT_EQ(track.url, "https://example.com/music/song.mp3?token=hidden");
  EXPECT_EQ(track.title, "song.mp3 (example.com)") << "what may be secret is not shown";
  EXPECT_EQ(search.Find({QueryKind::kUrl, "https://example.com"}, {}).items[0].track.title, "example.com");
  EXPECT_EQ(RefusalOf(search, QueryKind::kUrl, "http://127.0.0.1/a.mp3").type, Type::kNotFound);
  EXPECT_EQ(RefusalOf(search, QueryKind::kUrl, "file:///etc/passwd").type, Type::kNotFound);
  SearchOptions options;
  options.allow_private_addresses = true;
  MediaSearch open = SearchAt(options);
  EXPECT_EQ(open.Find({QueryKind::kUrl, "http://127.0.0.1/a.mp3"}, {}).items[0].track.url, "http://127.0.0.1/a.mp3");
}

TEST_F(MediaSearchTest, RefusesOptionsThatMakeNoSense) {
  const auto refusal_of = [&](auto change) {
    SearchOptions options;
    change(options);
    try {
      (void)SearchAt(options);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refusal_of([](auto& o) { o.youtube_api_url = "nowhere"; }), HasSubstr("youtube_api_url is 'nowhere'"));
  EXPECT_THAT(refusal_of([](auto& o) { o.youtube_watch_url = "https://x.org/"; }), HasSubstr("{id}"));
  EXPECT_THAT(refusal_of([](auto& o) { o.max_bundle = 0; }), HasSubstr("max_bundle is 0"));
  EXPECT_EQ(refusal_of([](auto&) {}), "accepted");
}

}  // namespace
}  // namespace disruptor::music
