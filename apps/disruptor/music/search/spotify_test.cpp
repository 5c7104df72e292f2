#include "apps/disruptor/music/search/spotify.hpp"

#include <atomic>
#include <thread>

#include "apps/disruptor/music/search/media_search_fixture.hpp"

namespace disruptor::music {
namespace {

using guildscope::testing::MakeAnswer;
using guildscope::testing::ScriptedServer;
using guildscope::testing::SeenRequest;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Type = MediaError::Type;

using SpotifyTest = StandinSearchTest;

constexpr const char* kId = "4uLU6hMCjMI75M1A2tKUQC";
constexpr const char* kTrack = R"({"name": "Song", "type": "track", "artists": [{"name": "A"}, {"name": "B"}]})";

TEST_F(SpotifyTest, TurnsATrackIntoASearchThatFindsTheSong) {
  const Found found = search_.Find({QueryKind::kSpotifyTrack, song(9).track_id}, {});
  ASSERT_THAT(found.items, SizeIs(1));
  EXPECT_EQ(found.items[0].description, song(9).artist + " - " + song(9).title);
  EXPECT_EQ(found.items[0].query.kind, QueryKind::kSearch);
  EXPECT_EQ(found.items[0].query.text, song(9).artist + " " + song(9).title);
  const Found video = search_.Find(found.items[0].query, {});
  EXPECT_EQ(video.items[0].track.title, song(9).title);
}

TEST_F(SpotifyTest, ReadsAlbumsAndPlaylistsInTheirOrder) {
  const Found album = search_.Find({QueryKind::kSpotifyAlbum, list(6).spotify_id}, {});
  EXPECT_EQ(album.title, list(6).title);
  ASSERT_THAT(album.items, SizeIs(3));
  EXPECT_EQ(album.items[2].query.text, song(list(6).songs[2]).artist + " " + song(list(6).songs[2]).title);
  const Found playlist = search_.Find({QueryKind::kSpotifyPlaylist, list(0).spotify_id}, {});
  EXPECT_EQ(playlist.title, list(0).title);
  EXPECT_THAT(playlist.items, SizeIs(58)) << "without the episode and the empty entry";
  EXPECT_EQ(Answers("/v1/playlists/{id}/items", 200), 2);
  EXPECT_EQ(standin_.ledger()["tokens_issued"], 1) << "one token for all of it";
}

TEST_F(SpotifyTest, ReadsNoMoreThanABundleHolds) {
  SearchOptions options = OptionsFor(standin_.url());
  options.max_bundle = 2;
  MediaSearch search = SearchAt(options);
  EXPECT_THAT(search.Find({QueryKind::kSpotifyAlbum, list(6).spotify_id}, {}).items, SizeIs(2));
}

TEST_F(SpotifyTest, ReadsPlaylistsWhereOlderApplicationsHaveThem) {
  AddFault({{"kind", "error"}, {"status", 403}, {"path", "/v1/playlists/{id}/items"}});
  EXPECT_THAT(search_.Find({QueryKind::kSpotifyPlaylist, list(0).spotify_id}, {}).items, SizeIs(58));
  EXPECT_EQ(Answers("/v1/playlists/{id}/tracks", 200), 2);
  AddFault({{"kind", "error"}, {"status", 403}, {"path", "/v1/playlists/{id}/items"}});
  AddFault({{"kind", "error"}, {"status", 403}, {"path", "/v1/playlists/{id}/tracks"}});
  const auto refusal = RefusalOf(search_, QueryKind::kSpotifyPlaylist, list(0).spotify_id);
  EXPECT_EQ(refusal.type, Type::kNotFound);
  EXPECT_THAT(refusal.text, HasSubstr("not for bots"));
}

TEST_F(SpotifyTest, TakesAnotherTokenWhenTheOldOneEndsOrIsRefused) {
  const Query query{QueryKind::kSpotifyTrack, song(0).track_id};
  (void)search_.Find(query, {});
  clock_.Advance(std::chrono::minutes(58));
  (void)search_.Find(query, {});
  EXPECT_EQ(standin_.ledger()["tokens_issued"], 1);
  clock_.Advance(std::chrono::minutes(1));  // shortly before its end
  (void)search_.Find(query, {});
  EXPECT_EQ(standin_.ledger()["tokens_issued"], 2);
  EXPECT_EQ(Answers("/v1/tracks/{id}", 401), 0);
  ASSERT_EQ(guildscope::testing::Send(standin_.port(), {.method = "DELETE", .target = "/tokens"}).status, 200);
  (void)search_.Find(query, {});
  EXPECT_EQ(standin_.ledger()["tokens_issued"], 3);
  EXPECT_EQ(Answers("/v1/tracks/{id}", 401), 1);
}

TEST_F(SpotifyTest, RefusesWhatDoesNotExistAndKeysThatAreNotAccepted) {
  EXPECT_EQ(RefusalOf(search_, QueryKind::kSpotifyTrack, std::string(22, 'x')).type, Type::kNotFound);
  EXPECT_EQ(RefusalOf(search_, QueryKind::kSpotifyTrack, "../me").type, Type::kNotFound);
  EXPECT_THAT(RefusalOf(search_, QueryKind::kSpotifyPlaylist, "37i9dQZF1DXcBWIGoYBM5M").text, HasSubstr("its own"));
  SearchOptions options = OptionsFor(standin_.url());
  options.spotify_client_secret = "another-secret-0987654321";
  MediaSearch wrong = SearchAt(options);
  const auto refusal = RefusalOf(wrong, QueryKind::kSpotifyTrack, song(0).track_id);
  EXPECT_EQ(refusal.type, Type::kNotConfigured);
  EXPECT_THAT(refusal.text, Not(HasSubstr("0987654321")));
  options.spotify_client_secret = "";
  MediaSearch none = SearchAt(options);
  EXPECT_EQ(RefusalOf(none, QueryKind::kSpotifyTrack, song(0).track_id).type, Type::kNotConfigured);
}

TEST_F(SpotifyTest, IsSeenInSpansWithoutSecretsOrIds) {
  (void)search_.Find({QueryKind::kSpotifyAlbum, list(6).spotify_id}, {});
  std::vector<std::string> names;
  for (const auto& span : spans_.Take()) {
    if (span.kind == guildscope::tracing::SpanKind::kClient) names.push_back(span.name);
    for (const auto& [key, value] : span.attributes) {
      EXPECT_THAT(value, ::testing::AllOf(Not(HasSubstr(kSecret)), Not(HasSubstr("standin-token")))) << key;
    }
  }
  EXPECT_THAT(names,
              ::testing::UnorderedElementsAre("POST /api/token", "GET /v1/albums/{id}", "GET /v1/albums/{id}/tracks"));
}

TEST_F(MediaSearchFixture, AsksOnceForATokenThatManyNeed) {
  constexpr int kThreads = 8;
  std::atomic<int> waiting = 0;
  std::atomic<int> tokens = 0;
  ScriptedServer server([&](const SeenRequest& request) -> guildscope::testing::ScriptedAnswer {
    if (request.method != "POST") return {MakeAnswer(200, kTrack)};
    ++tokens;
    // All of them are on their way before the first gets its token.
    while (waiting < kThreads) std::this_thread::yield();
    return {MakeAnswer(200, R"({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})")};
  });
  MediaSearch search = SearchAt(OptionsFor(server.url()));
  std::atomic<int> found = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        ++waiting;
        const Found result = search.Find({QueryKind::kSpotifyTrack, kId}, {});
        if (result.items.at(0).description == "A, B - Song" && result.items[0].query.text == "A Song") ++found;
      });
    }
  }
  EXPECT_EQ(found, kThreads);
  EXPECT_EQ(tokens, 1);
  EXPECT_EQ(server.requests()[1].headers.at("authorization"), "Bearer t");
}

TEST_F(MediaSearchFixture, TakesOneNewTokenForARequestThatIsRefusedAgainAndAgain) {
  std::atomic<int> tokens = 0;
  ScriptedServer server([&](const SeenRequest& request) -> guildscope::testing::ScriptedAnswer {
    if (request.method != "POST") return {MakeAnswer(401, R"({"error": {"status": 401, "message": "no"}})")};
    return {MakeAnswer(200, R"({"access_token": "t)" + std::to_string(++tokens) + R"(", "expires_in": 3600})")};
  });
  MediaSearch search = SearchAt(OptionsFor(server.url()));
  EXPECT_EQ(RefusalOf(search, QueryKind::kSpotifyTrack, kId).type, Type::kNotConfigured);
  EXPECT_EQ(tokens, 2);
  EXPECT_THAT(server.requests(), SizeIs(4));
}

TEST_F(MediaSearchFixture, SurvivesWhateverSpotifyAnswers) {
  const std::string token = R"({"access_token": "t", "expires_in": 3600})";
  for (const std::string body :
       {"", "null", "[]", "{", "{}",
        R"({"items": [null, 3, {"item": 4}, {"track": {"name": 7}}], "next": "http://evil.example/"})",
        R"({"name": [], "artists": {}})", R"({"items": [], "next": "x"})",
        R"({"name": "", "artists": [[], {"name": null}]})"}) {
    for (const int status : {200, 204, 403, 404, 500}) {
      ScriptedServer server([&](const SeenRequest& request) -> guildscope::testing::ScriptedAnswer {
        return {request.method == "POST" ? MakeAnswer(200, token) : MakeAnswer(status, body)};
      });
      MediaSearch search = SearchAt(OptionsFor(server.url()));
      for (const QueryKind kind : {QueryKind::kSpotifyTrack, QueryKind::kSpotifyAlbum, QueryKind::kSpotifyPlaylist}) {
        EXPECT_TRUE(RefusalOf(search, kind, kId).type.has_value()) << status << ' ' << body;
      }
    }
  }
  for (const std::string body :
       {"", "[]", "{}", R"({"access_token": 3})", R"({"access_token": "a\nb: c"})", R"({"access_token": ""})"}) {
    ScriptedServer server(Always({MakeAnswer(200, body)}));
    MediaSearch search = SearchAt(OptionsFor(server.url()));
    EXPECT_EQ(RefusalOf(search, QueryKind::kSpotifyTrack, kId).type, Type::kUnavailable) << body;
    EXPECT_THAT(server.requests(), SizeIs(1));
  }
}

TEST(BasicAuthorization, IsTheOneOfTheRfc) {
  EXPECT_EQ(BasicAuthorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

}  // namespace
}  // namespace disruptor::music
