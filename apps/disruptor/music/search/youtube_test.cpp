#include "apps/disruptor/music/search/youtube.hpp"

#include "apps/disruptor/music/search/media_search_fixture.hpp"

namespace disruptor::music {
namespace {

using guildscope::testing::MakeAnswer;
using guildscope::testing::RecordedSpan;
using guildscope::testing::ScriptedServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Type = MediaError::Type;

using YouTubeTest = StandinSearchTest;

TEST_F(YouTubeTest, FindsASongByItsWords) {
  const auto& wanted = song(4);
  const Found found = search_.Find({QueryKind::kSearch, wanted.artist + " " + wanted.title}, {});
  EXPECT_EQ(found.title, "");
  ASSERT_THAT(found.items, SizeIs(1));
  const Track& track = found.items[0].track;
  EXPECT_EQ(track.key, "youtube:" + wanted.video_id);
  EXPECT_EQ(track.url, standin_.url() + "/watch/" + wanted.video_id + ".wav");
  EXPECT_EQ(track.title, wanted.title) << "without entities";
  EXPECT_EQ(track.artist, wanted.artist);
  EXPECT_EQ(track.length, wanted.length);
  EXPECT_EQ(found.items[0].description, wanted.artist + " - " + wanted.title);
  EXPECT_EQ(found.items[0].query.text, "");
}

TEST_F(YouTubeTest, AsksOnceForTheSameWords) {
  const auto& wanted = song(4);
  const Query query{QueryKind::kSearch, wanted.artist + " " + wanted.title};
  (void)search_.Find(query, {});
  const Found again = search_.Find(query, {});
  EXPECT_EQ(again.items[0].track.key, "youtube:" + wanted.video_id);
  EXPECT_EQ(again.items[0].track.length, wanted.length);
  EXPECT_EQ(Answers("/youtube/v3/search", 200), 1);
  clock_.Advance(std::chrono::hours(24));
  (void)search_.Find(query, {});
  EXPECT_EQ(Answers("/youtube/v3/search", 200), 2);
}

TEST_F(YouTubeTest, SaysThatNothingWasFound) {
  const auto refusal = RefusalOf(search_, QueryKind::kSearch, "xyzzy");
  EXPECT_EQ(refusal.type, Type::kNotFound);
  EXPECT_THAT(refusal.text, HasSubstr("xyzzy"));
}

TEST_F(YouTubeTest, FindsAVideoByItsIdAndRefusesBroadcasts) {
  EXPECT_EQ(search_.Find({QueryKind::kYouTubeVideo, song(2).video_id}, {}).items[0].track.title, song(2).title);
  EXPECT_EQ(RefusalOf(search_, QueryKind::kYouTubeVideo, "AAAAAAAAAAA").type, Type::kNotFound);
  const auto live = RefusalOf(search_, QueryKind::kYouTubeVideo, song(119).video_id);
  EXPECT_EQ(live.type, Type::kBadMedia);
  EXPECT_THAT(live.text, HasSubstr("live broadcast"));
}

TEST_F(YouTubeTest, ReadsAPlaylistInItsOrderWithoutWhatCannotBePlayed) {
  const Found found = search_.Find({QueryKind::kYouTubePlaylist, list(0).youtube_id}, {});
  EXPECT_EQ(found.title, list(0).title);
  ASSERT_THAT(found.items, SizeIs(58));
  std::size_t i = 0;
  for (const std::size_t index : list(0).songs) {
    if (index == media_standin::SongList::kPrivate || index == media_standin::SongList::kDeleted) continue;
    EXPECT_EQ(found.items[i].track.key, "youtube:" + song(index).video_id);
    EXPECT_EQ(found.items[i++].track.length, song(index).length);
  }
  EXPECT_EQ(Answers("/youtube/v3/playlistItems", 200), 2);
  EXPECT_EQ(Answers("/youtube/v3/videos", 200), 2);
  EXPECT_EQ(RefusalOf(search_, QueryKind::kYouTubePlaylist, "PLnone").type, Type::kNotFound);
}

TEST_F(YouTubeTest, ReadsNoMoreOfAPlaylistThanABundleHolds) {
  SearchOptions options = OptionsFor(standin_.url());
  options.max_bundle = 7;
  MediaSearch search = SearchAt(options);
  EXPECT_THAT(search.Find({QueryKind::kYouTubePlaylist, list(0).youtube_id}, {}).items, SizeIs(7));
  EXPECT_EQ(Answers("/youtube/v3/playlistItems", 200), 1);
}

TEST_F(YouTubeTest, SaysInWordsWhatYouTubeRefuses) {
  const auto refusal_after = [&](const media_standin::Json& fault) {
    AddFault(fault);
    return RefusalOf(search_, QueryKind::kSearch, "snow");
  };
  const std::string path = "/youtube/v3/search";
  const auto quota = refusal_after({{"kind", "quota"}, {"path", path}});
  EXPECT_EQ(quota.type, Type::kUnavailable);
  EXPECT_THAT(quota.text, HasSubstr("tomorrow"));
  EXPECT_EQ(RefusalOf(search_, QueryKind::kSearch, "snow").text, quota.text);
  EXPECT_EQ(Answers(path, 403), 1) << "it is not asked again at once";
  EXPECT_EQ(Answers(path, 200), 0);
  EXPECT_EQ(RefusalOf(search_, QueryKind::kYouTubeVideo, song(0).video_id).text, "found")
      << "it has a quota of its own";
  clock_.Advance(std::chrono::minutes(10));
  EXPECT_EQ(refusal_after({{"kind", "error"}, {"status", 500}, {"path", path}}).type, Type::kUnavailable);
  EXPECT_EQ(refusal_after({{"kind", "not_found"}, {"path", path}}).type, Type::kNotFound);
  EXPECT_EQ(refusal_after({{"kind", "error"}, {"status", 400}, {"path", path}}).type, Type::kNotConfigured);
  EXPECT_EQ(refusal_after({{"kind", "error"}, {"status", 429}, {"count", 4}, {"path", path}}).type, Type::kUnavailable);
  EXPECT_EQ(refusal_after({{"kind", "truncate"}, {"count", 4}, {"path", path}}).type, Type::kUnavailable);
  EXPECT_EQ(refusal_after({{"kind", "error"}, {"status", 503}, {"path", path}}).text, "found") << "the second attempt";
}

TEST_F(YouTubeTest, SaysThatAKeyIsNotAccepted) {
  SearchOptions options = OptionsFor(standin_.url());
  options.youtube_api_key = "another-key-0987654321";
  MediaSearch search = SearchAt(options);
  const auto refusal = RefusalOf(search, QueryKind::kSearch, "snow");
  EXPECT_EQ(refusal.type, Type::kNotConfigured);
  EXPECT_THAT(refusal.text, AllOf(HasSubstr("key"), Not(HasSubstr("0987654321"))));
}

TEST_F(YouTubeTest, WithoutAKeyKnowsAVideoByItsIdAloneAndAsksNobody) {
  SearchOptions options = OptionsFor(standin_.url());
  options.youtube_api_key = "";
  MediaSearch search = SearchAt(options);
  const Track track = search.Find({QueryKind::kYouTubeVideo, song(0).video_id}, {}).items[0].track;
  EXPECT_EQ(track.key, "youtube:" + song(0).video_id);
  EXPECT_EQ(track.url, standin_.url() + "/watch/" + song(0).video_id + ".wav");
  EXPECT_NE(track.title, "");
  EXPECT_EQ(RefusalOf(search, QueryKind::kSearch, "snow").type, Type::kNotConfigured);
  EXPECT_EQ(RefusalOf(search, QueryKind::kYouTubePlaylist, list(0).youtube_id).type, Type::kNotConfigured);
  EXPECT_THAT(standin_.ledger()["requests"], SizeIs(0));
}

TEST_F(YouTubeTest, IsSeenInSpansThatAreNamedAfterRoutesAndHoldNoKey) {
  AddFault({{"kind", "error"}, {"status", 503}, {"path", "/youtube/v3/search"}});
  guildscope::tracing::SpanContext command;
  {
    auto active = telemetry_.tracer().StartActive("command play");
    command = active->span_context();
    (void)search_.Find({QueryKind::kSearch, "snow & rain"}, {});
  }
  bool retried = false;
  std::size_t children = 0;
  std::size_t clients = 0;
  for (const RecordedSpan& span : spans_.Take()) {
    for (const auto& [key, value] : span.attributes) EXPECT_THAT(value, Not(HasSubstr("1234567890"))) << key;
    if (span.kind != guildscope::tracing::SpanKind::kClient) continue;
    ++clients;
    if (span.parent_span_id == command.span_id) ++children;
    EXPECT_TRUE(span.name == "GET /youtube/v3/search" || span.name == "GET /youtube/v3/videos") << span.name;
    if (span["retry_count"] == "1") retried = true;
    EXPECT_EQ(span["url.template"], span.name.substr(4));
  }
  EXPECT_TRUE(retried);
  EXPECT_EQ(clients, 3);
  EXPECT_EQ(children, 2) << "the third is a retry's";
}

TEST_F(MediaSearchFixture, SendsYouTubesKeyInAHeaderAloneAndTheTraceAlong) {
  ScriptedServer server(Always({MakeAnswer(200, "{}")}));
  MediaSearch search = SearchAt(OptionsFor(server.url()));
  {
    const auto active = telemetry_.tracer().StartActive("command play");
    (void)RefusalOf(search, QueryKind::kSearch, "a&part=x#ü");
  }
  ASSERT_THAT(server.requests(), SizeIs(1));
  const auto request = server.requests()[0];
  EXPECT_EQ(request.headers.at("x-goog-api-key"), kKey);
  EXPECT_THAT(request.target, AllOf(Not(HasSubstr(kKey)), HasSubstr("q=a%26part%3Dx%23%C3%BC")));
  EXPECT_TRUE(request.headers.contains("traceparent"));
}

TEST_F(MediaSearchFixture, SurvivesWhateverYouTubeAnswers) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string id = "dQw4w9WgXcQ";
  for (const std::string& body :
       {std::string(), std::string("null"), std::string("[]"), std::string("\"text\""), std::string("{"),
        std::string("<html>"), std::string("{}"), std::string(R"({"items": null})"),
        std::string(R"({"items": {"a": 1}})"),
        std::string(
            R"({"items": [null, 1, "a", [], {}, {"id": 3}, {"id": {"videoId": 7}}, {"id": {"videoId": "../../x"}}]})"),
        std::string(R"({"items": [{"id": "dQw4w9WgXcQ", "snippet": [], "contentDetails": 3, "status": "x"}]})"),
        std::string(R"({"error": {"errors": [7]}})"), deep, R"({"items": )" + deep + "}",
        std::string("{\"a\": \"\xff\"}"),
        R"({"items": [{"id": "dQw4w9WgXcQ", "snippet": {"title": ")" + std::string(1'000'000, 'a') + "\"}}]}",
        std::string(5 * 1024 * 1024, ' ') + "{}"}) {
    for (const int status : {200, 204, 302, 400, 403, 404, 500}) {
      ScriptedServer server(Always({MakeAnswer(status, body)}));
      MediaSearch search = SearchAt(OptionsFor(server.url()));
      for (const auto& [kind, text] :
           {std::pair(QueryKind::kSearch, std::string("words")), {QueryKind::kYouTubePlaylist, "PLabc"}}) {
        EXPECT_TRUE(RefusalOf(search, kind, text).type.has_value()) << status << ' ' << body.substr(0, 100);
      }
      // What says too little about a video still leaves its id.
      if (const auto refusal = RefusalOf(search, QueryKind::kYouTubeVideo, id); !refusal.type) {
        const Found found = search.Find({QueryKind::kYouTubeVideo, id}, {});
        EXPECT_NE(found.items.at(0).track.title, "");
        EXPECT_LE(found.items.at(0).track.title.size(), 203U);
      }
    }
  }
}

TEST_F(MediaSearchFixture, DescribesAVideoWithItsArtistOnce) {
  const auto description_of = [&](const std::string& title, const std::string& channel) {
    const Json snippet{{"title", title}, {"channelTitle", channel}};
    const Json answer{{"items", {{{"id", "dQw4w9WgXcQ"}, {"snippet", snippet}}}}};
    ScriptedServer server(Always({MakeAnswer(200, answer.dump())}));
    MediaSearch search = SearchAt(OptionsFor(server.url()));
    return search.Find({QueryKind::kYouTubeVideo, "dQw4w9WgXcQ"}, {}).items.at(0).description;
  };
  EXPECT_EQ(description_of("Song", "Someone"), "Someone - Song");
  EXPECT_EQ(description_of("Song", "Someone - Topic"), "Someone - Song");
  EXPECT_EQ(description_of("SOMEONE - Song (Live)", "Someone"), "SOMEONE - Song (Live)");
  EXPECT_EQ(description_of("Song", ""), "Song");
}

TEST_F(MediaSearchFixture, LeavesAPlaylistWhosePagesNeverEnd) {
  ScriptedServer server(Always({MakeAnswer(200, R"({"items": [], "nextPageToken": "again"})")}));
  SearchOptions options = OptionsFor(server.url());
  options.max_bundle = 100;
  MediaSearch search = SearchAt(options);
  EXPECT_EQ(RefusalOf(search, QueryKind::kYouTubePlaylist, "PLabc").type, Type::kNotFound);
  EXPECT_LE(server.requests().size(), 6U);
}

}  // namespace
}  // namespace disruptor::music
