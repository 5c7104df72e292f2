#include "apps/media_standin/standin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/http_client.hpp"

namespace media_standin {
namespace {

using guildscope::testing::HttpResponse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Headers = std::map<std::string, std::string>;

Config AnyPort() {
  Config config;
  config.port = 0;
  return config;
}

class StandinTest : public ::testing::Test {
 protected:
  HttpResponse Get(const std::string& target, Headers headers = {}) {
    return guildscope::testing::Send(standin_.port(), {.target = target, .headers = std::move(headers)});
  }
  Json YouTube(const std::string& target) { return Json::parse(Get(target, {{"x-goog-api-key", "k"}}).body); }
  std::string Token() {
    const auto response = guildscope::testing::Send(
        standin_.port(),
        {.method = "POST",
         .target = "/api/token",
         .headers = {{"authorization", "Basic aWQ6c2VjcmV0"}, {"content-type", "application/x-www-form-urlencoded"}},
         .body = "grant_type=client_credentials"});
    return Json::parse(response.body).value("access_token", "");
  }
  Json Spotify(const std::string& target) {
    return Json::parse(Get(target, {{"authorization", "Bearer " + Token()}}).body);
  }
  void AddFault(const Json& fault) {
    EXPECT_EQ(guildscope::testing::Post(standin_.port(), "/faults", fault.dump()).status, 200);
  }
  const Song& song(std::size_t i) const { return standin_.catalogue().songs()[i]; }

  guildscope::testing::FakeClock clock_;
  Standin standin_{AnyPort(), clock_};
};

TEST_F(StandinTest, SearchesAsYouTubeDoesWithEntitiesInTitles) {
  const Json found = YouTube("/youtube/v3/search?part=snippet&type=video&maxResults=3&q=don't+wait");
  EXPECT_EQ(found["kind"], "youtube#searchListResponse");
  ASSERT_THAT(found["items"], SizeIs(3));
  EXPECT_EQ(found["items"][0]["id"]["kind"], "youtube#video");
  EXPECT_THAT(found["items"][0]["snippet"]["title"].get<std::string>(), HasSubstr("Don&#39;t Wait"));
}

TEST_F(StandinTest, GivesThePartsOfVideosThatAreAskedFor) {
  const Json videos = YouTube("/youtube/v3/videos?part=contentDetails&id=" + song(0).video_id + ",AAAAAAAAAAA");
  ASSERT_THAT(videos["items"], SizeIs(1));
  EXPECT_EQ(videos["items"][0]["contentDetails"]["duration"], "PT" + std::to_string(song(0).length.count()) + "S");
  EXPECT_FALSE(videos["items"][0].contains("snippet"));
}

TEST_F(StandinTest, PagesThroughPlaylistsWithPrivateAndDeletedEntries) {
  const std::string target = "/youtube/v3/playlistItems?part=snippet,status,contentDetails&maxResults=50&playlistId=" +
                             standin_.catalogue().lists()[0].youtube_id;
  const Json first = YouTube(target);
  EXPECT_THAT(first["items"], SizeIs(50));
  EXPECT_EQ(first["pageInfo"]["totalResults"], 60);
  EXPECT_EQ(first["items"][5]["status"]["privacyStatus"], "private");
  EXPECT_EQ(first["items"][11]["snippet"]["title"], "Deleted video");
  const Json second = YouTube(target + "&pageToken=" + first["nextPageToken"].get<std::string>());
  EXPECT_THAT(second["items"], SizeIs(10));
  EXPECT_FALSE(second.contains("nextPageToken"));
}

TEST_F(StandinTest, RefusesRequestsWithoutAKeyOrWithAWrongOne) {
  EXPECT_EQ(Get("/youtube/v3/search?part=snippet&q=a").status, 403);
  Config config = AnyPort();
  config.youtube_api_key = "right";
  const Standin strict(config);
  const auto ask = [&](const std::string& key) {
    return guildscope::testing::Send(
               strict.port(), {.target = "/youtube/v3/search?part=snippet&q=a", .headers = {{"x-goog-api-key", key}}})
        .status;
  };
  EXPECT_EQ(ask("wrong"), 400);
  EXPECT_EQ(ask("right"), 200);
}

TEST_F(StandinTest, PagesThroughSpotifysListsAndFiltersFields) {
  const std::string id = standin_.catalogue().lists()[0].spotify_id;
  const Json page = Spotify("/v1/playlists/" + id + "/items?limit=50&offset=50&fields=next,items(item(name))");
  EXPECT_THAT(page["items"], SizeIs(10));
  EXPECT_TRUE(page["next"].is_null());
  EXPECT_FALSE(page.contains("total"));
  const Json tracks = Spotify("/v1/playlists/" + id + "/tracks?limit=12");
  EXPECT_TRUE(tracks["next"].is_string());
  EXPECT_EQ(tracks["items"][5]["track"]["type"], "episode");
  EXPECT_TRUE(tracks["items"][11]["track"].is_null());
  EXPECT_EQ(Spotify("/v1/playlists/" + id + "/tracks?limit=51")["error"]["status"], 400);
  const Json album = Spotify("/v1/albums/" + standin_.catalogue().lists()[6].spotify_id);
  EXPECT_EQ(album["type"], "album");
  EXPECT_THAT(album["tracks"]["items"], SizeIs(3));
  EXPECT_EQ(Spotify("/v1/tracks/" + song(3).track_id)["name"], song(3).title);
  EXPECT_EQ(Spotify("/v1/tracks/" + std::string(22, 'x'))["error"]["status"], 404);
}

TEST_F(StandinTest, AcceptsItsTokensUntilTheyEndOrAreWithdrawn) {
  const std::string token = Token();
  const auto ask = [&] { return Get("/v1/tracks/" + song(0).track_id, {{"authorization", "Bearer " + token}}).status; };
  EXPECT_EQ(Get("/v1/tracks/" + song(0).track_id).status, 401);
  EXPECT_EQ(ask(), 200);
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(ask(), 401);
  const std::string second = Token();
  EXPECT_EQ(guildscope::testing::Send(standin_.port(), {.method = "DELETE", .target = "/tokens"}).status, 200);
  EXPECT_EQ(Get("/v1/tracks/" + song(0).track_id, {{"authorization", "Bearer " + second}}).status, 401);
  EXPECT_EQ(standin_.ledger()["tokens_issued"], 2);
}

TEST_F(StandinTest, ServesAudioWholeAndInParts) {
  const std::string target = "/watch/" + song(0).video_id + ".wav";
  const auto whole = Get(target);
  const std::size_t size = 44 + 96'000 * static_cast<std::size_t>(song(0).length.count());
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.headers.at("content-type"), "audio/wav");
  EXPECT_EQ(whole.body.size(), size);
  EXPECT_THAT(whole.body, StartsWith("RIFF"));
  const auto part = Get(target, {{"range", "bytes=44-47"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, whole.body.substr(44, 4));
  EXPECT_EQ(part.headers.at("content-range"), "bytes 44-47/" + std::to_string(size));
  EXPECT_EQ(Get(target, {{"range", "bytes=-10"}}).body, whole.body.substr(size - 10));
  EXPECT_EQ(Get(target, {{"range", "bytes=" + std::to_string(size) + "-"}}).status, 416);
  const auto head = guildscope::testing::Send(standin_.port(), {.method = "HEAD", .target = target});
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(size));
  EXPECT_THAT(head.body, IsEmpty());
  EXPECT_NE(Get("/watch/" + song(1).video_id + ".wav").body.substr(1'000, 1'000), whole.body.substr(1'000, 1'000));
  EXPECT_EQ(Get("/watch/AAAAAAAAAAA.wav").status, 404);
  const Json media = standin_.ledger()["media"][song(0).video_id];
  EXPECT_EQ(media["requests"], 3);
  EXPECT_EQ(media["whole"], 1);
}

TEST_F(StandinTest, MakesTheFaultsThatItIsAskedFor) {
  const std::string search = "/youtube/v3/search?part=snippet&q=a";
  AddFault({{"kind", "quota"}, {"path", "/youtube/v3/search"}});
  EXPECT_EQ(YouTube(search)["error"]["errors"][0]["reason"], "quotaExceeded");
  EXPECT_TRUE(YouTube(search).contains("items"));
  AddFault({{"kind", "error"}, {"status", 429}, {"retry_after", 7}, {"path", "/v1/tracks/{id}"}});
  const auto limited = Get("/v1/tracks/" + song(0).track_id);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.headers.at("retry-after"), "7");
  AddFault({{"kind", "not_found"}, {"path", "/watch/{id}.wav"}});
  EXPECT_EQ(Get("/watch/" + song(0).video_id + ".wav").status, 404);
  AddFault({{"kind", "truncate"}, {"path", "/watch/{id}.wav"}});
  EXPECT_THROW(Get("/watch/" + song(0).video_id + ".wav"), std::runtime_error);
  EXPECT_EQ(standin_.ledger()["truncated"]["/watch/{id}.wav"], 1);
  EXPECT_EQ(guildscope::testing::Post(standin_.port(), "/faults", R"({"kind": "error", "path": "/x"})").status, 400);
  EXPECT_EQ(guildscope::testing::Post(standin_.port(), "/faults", "{").status, 400);
}

TEST_F(StandinTest, CountsWhatItAnsweredByRouteAndStatus) {
  (void)YouTube("/youtube/v3/videos?part=snippet&id=" + song(0).video_id);
  (void)YouTube("/youtube/v3/videos?part=snippet&id=" + song(1).video_id);
  (void)Get("/youtube/v3/videos?part=snippet");
  const Json expected =
      Json::array({{{"method", "GET"}, {"route", "/youtube/v3/videos"}, {"status", 200}, {"count", 2}},
                   {{"method", "GET"}, {"route", "/youtube/v3/videos"}, {"status", 403}, {"count", 1}}});
  EXPECT_EQ(Json::parse(Get("/ledger").body)["requests"], expected);
}

}  // namespace
}  // namespace media_standin
