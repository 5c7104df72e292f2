#include "apps/disruptor/music/pipeline/pipeline.hpp"

#include <gmock/gmock.h>

#include <set>

#include "apps/disruptor/music/pipeline/pipeline_fixture.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using guildscope::testing::RecordedSpan;
using guildscope::tracing::SpanKind;
using ::testing::ElementsAre;
using ::testing::SizeIs;

Found Playlist(int count) {
  Found found{.title = "Best of", .items = {}};
  for (int i = 1; i <= count; ++i) found.items.push_back(FakeSearch::Item("t" + std::to_string(i)));
  return found;
}

/// Waits for a request to stop, as what runs for long does.
void UntilStopped(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, 60s, [] { return false; });
  if (stop.stop_requested()) throw MediaError(MediaError::Type::kStopped, "it was stopped");
}

TEST_F(PipelineTest, LeadsFromARequestToThePlayer) {
  Start();
  EXPECT_EQ(Play("song"), PlayAnswer::kTaken);
  ASSERT_TRUE(AwaitTracks(1));
  const QueuedTrack& track = players_.tracks.front();
  EXPECT_EQ(track.track.title, "song");
  EXPECT_EQ(track.request.guild, 1);
  EXPECT_EQ(track.request.voice_channel, 30);
  EXPECT_EQ(track.audio->bytes, 1'000);
  EXPECT_TRUE(AwaitText("Queued: **song**"));
  EXPECT_EQ(sender_.channels.begin()->second, 20);
}

TEST_F(PipelineTest, IsATraceOfItsOwnAStageWithTheUuidAndALinkToTheCommand) {
  Start();
  Play("song");
  ASSERT_TRUE(AwaitTracks(1));
  Stop();
  const auto spans = spans_.Take();
  std::set<std::string> traces{asked_.TraceIdHex()};
  for (const auto& [name, job, kind] : {std::tuple{"music search", "youtube_search", SpanKind::kClient},
                                        std::tuple{"music download", "download_files", SpanKind::kClient},
                                        std::tuple{"music route", "process_download_results", SpanKind::kConsumer}}) {
    const auto stages = Named(spans, name);
    ASSERT_THAT(stages, SizeIs(1)) << name;
    const RecordedSpan& stage = stages.front();
    EXPECT_EQ(stage.kind, kind);
    EXPECT_EQ(stage["music.media_request.uuid"], players_.tracks.front().request.uuid);
    EXPECT_EQ(stage["guild_id"], "1");
    EXPECT_THAT(stage.links, ElementsAre(asked_)) << name;
    EXPECT_TRUE(traces.insert(stage.context.TraceIdHex()).second) << name << " is in another's trace";
    const auto iterations = Named(spans, job);
    ASSERT_THAT(iterations, SizeIs(1)) << job;
    EXPECT_EQ(iterations.front().context.span_id, stage.parent_span_id);
    EXPECT_EQ(iterations.front()["background_job"], "true");
  }
  EXPECT_EQ(Named(spans, "music download").front()["music.cache.hit"], "false");
  EXPECT_EQ(Named(spans, "music download").front()["music.audio.bytes"], "1000");
}

TEST_F(PipelineTest, TakesFromTheCacheWithoutADownload) {
  audio_.cached["key:song"] = std::make_shared<const AudioFile>();
  Start();
  Play("song");
  ASSERT_TRUE(AwaitTracks(1));
  Stop();
  EXPECT_THAT(audio_.fetched, SizeIs(0));
  EXPECT_EQ(Named(spans_.Take(), "music download").front()["music.cache.hit"], "true");
}

TEST_F(PipelineTest, MakesARequestOfEveryTrackOfAPlaylistAndKeepsTheirOrder) {
  search_.find = [](const Query&, const std::stop_token&) { return Playlist(6); };
  audio_.fetch = [this](const Track& track, const std::stop_token&) {
    if (track.title == "t1") (void)happenings_.Await([this] { return audio_.fetched.size() >= 4; });
  };
  Start();
  Play("list");
  ASSERT_TRUE(AwaitTracks(6));
  EXPECT_THAT(players_.Titles(), ElementsAre("t1", "t2", "t3", "t4", "t5", "t6"));
  std::set<std::string> uuids;
  for (const auto& track : players_.tracks) uuids.insert(track.request.uuid);
  EXPECT_THAT(uuids, SizeIs(6));
  EXPECT_EQ(guildscope::testing::ValueOf(registry_, "music.multirequest_bundles", {"1"}), 1);
  EXPECT_TRUE(AwaitText("**Best of**: 6 of 6 ready"));
  for (std::size_t i = 0; i < 6; ++i) EndTrack(i, PlayEnd::kFinished);
  EXPECT_TRUE(AwaitText("**Best of**: 6 of 6 played"));
  EXPECT_THAT(sender_.texts, SizeIs(1)) << "one message, edited in place";
  EXPECT_EQ(guildscope::testing::ValueOf(registry_, "music.multirequest_bundles", {"1"}), 0);
}

TEST_F(PipelineTest, SearchesForEveryTrackThatAPlaylistOnlyNames) {
  search_.find = [](const Query& query, const std::stop_token&) {
    if (query.kind == QueryKind::kSearch) return Found{.title = "", .items = {FakeSearch::Item(query.text)}};
    Found found{.title = "Album", .items = {}};
    for (const char* name : {"one", "two"}) {
      found.items.push_back({.track = {}, .query = {QueryKind::kSearch, name}, .description = name});
    }
    return found;
  };
  Start();
  Play("album-id", 1, QueryKind::kSpotifyAlbum);
  ASSERT_TRUE(AwaitTracks(2));
  Stop();
  EXPECT_THAT(players_.Titles(), ElementsAre("one", "two"));
  const auto searches = Named(spans_.Take(), "music search");
  ASSERT_THAT(searches, SizeIs(3));
  for (const RecordedSpan& search : searches) EXPECT_THAT(search.links, ElementsAre(asked_));
}

TEST_F(PipelineTest, TellsWhatFailedAndGoesOnWithTheNext) {
  search_.find = [](const Query&, const std::stop_token&) { return Playlist(3); };
  audio_.fetch = [](const Track& track, const std::stop_token&) {
    if (track.title == "t2") throw MediaError(MediaError::Type::kTooLarge, "it is too long");
  };
  Start();
  Play("list");
  ASSERT_TRUE(AwaitTracks(2));
  EXPECT_TRUE(AwaitText("**Best of**: 2 of 3 ready, 1 failed: t2 (it is too long)"));
  Stop();
  const auto spans = spans_.Take();
  std::size_t errors = 0;
  for (const RecordedSpan& download : Named(spans, "music download")) {
    if (!download.is_error) continue;
    ++errors;
    EXPECT_EQ(download["error.type"], "too_large");
  }
  EXPECT_EQ(errors, 1);
  EXPECT_THAT(Named(spans, "music route"), SizeIs(3));
  for (const RecordedSpan& job : Named(spans, "download_files")) EXPECT_FALSE(job.is_error);
}

TEST_F(PipelineTest, TellsAndBacksOffWhenAStageItselfFails) {
  search_.find = [](const Query& query, const std::stop_token&) -> Found {
    if (query.text == "bad") throw std::runtime_error("broken");
    return {.title = "", .items = {FakeSearch::Item(query.text)}};
  };
  Start();
  Play("bad");
  EXPECT_TRUE(AwaitText("I could not play **bad**: something went wrong on my side"));
  Play("good");
  EXPECT_TRUE(AwaitTracks(1));
  Stop();
  std::size_t errors = 0;
  for (const RecordedSpan& job : Named(spans_.Take(), "youtube_search")) errors += job.is_error ? 1 : 0;
  EXPECT_EQ(errors, 1);
}

TEST_F(PipelineTest, CancelForgetsWhatIsOnItsWayOfThatGuildAlone) {
  audio_.fetch = [](const Track& track, const std::stop_token& stop) {
    if (track.title == "slow") UntilStopped(stop);
  };
  options_.download_workers = 1;
  Start();
  Play("slow", 1);
  ASSERT_TRUE(happenings_.Await([&] { return audio_.fetched.size() == 1; }));
  Play("waiting", 1);
  Play("other", 2);
  EXPECT_EQ(pipeline_->Waiting(1), 2);
  pipeline_->Cancel(1);
  EXPECT_EQ(pipeline_->Waiting(1), 0);
  ASSERT_TRUE(AwaitTracks(1));
  Stop();
  EXPECT_THAT(players_.Titles(), ElementsAre("other"));
  for (const RecordedSpan& download : Named(spans_.Take(), "music download")) EXPECT_FALSE(download.is_error);
}

TEST_F(PipelineTest, RefusesMoreThanAGuildMayHaveWaiting) {
  options_.queues = {.total = 100, .per_guild = 1};
  options_.search_workers = 1;
  search_.find = [](const Query& query, const std::stop_token& stop) {
    UntilStopped(stop);
    return Found{.title = "", .items = {FakeSearch::Item(query.text)}};
  };
  Start();
  EXPECT_EQ(Play("worked on"), PlayAnswer::kTaken);
  ASSERT_TRUE(happenings_.Await([&] { return search_.asked.size() == 1; }));
  EXPECT_EQ(Play("waits"), PlayAnswer::kTaken);
  EXPECT_EQ(Play("too many"), PlayAnswer::kFull);
  EXPECT_EQ(guildscope::testing::ValueOf(registry_, "music.queue_depth", {"search"}), 1);
  EXPECT_EQ(guildscope::testing::ValueOf(registry_, "music.queue_depth", {"download"}), 0);
  EXPECT_EQ(guildscope::testing::ValueOf(registry_, "music.queue_depth", {"player"}), 3);
  EXPECT_EQ(pipeline_->Waiting(1), 2);
}

TEST_F(PipelineTest, EndsSoonWhateverIsRunning) {
  audio_.fetch = [](const Track&, const std::stop_token& stop) { UntilStopped(stop); };
  Start();
  Play("slow");
  ASSERT_TRUE(happenings_.Await([&] { return audio_.fetched.size() == 1; }));
  const auto start = std::chrono::steady_clock::now();
  Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
  EXPECT_EQ(Rows("bundles"), 1) << "the next start is to know";
}

TEST_F(PipelineTest, TellsAfterARestartWhatItInterrupted) {
  search_.find = [](const Query&, const std::stop_token&) { return Playlist(3); };
  Start();
  Play("list", 1);
  ASSERT_TRUE(AwaitTracks(3));
  EXPECT_TRUE(AwaitText("**Best of**: 3 of 3 ready"));
  EndTrack(0, PlayEnd::kFinished);
  EXPECT_TRUE(happenings_.Await([&] { return Rows("history") == 1; }));
  Stop();
  Start();
  pipeline_->EndLeftovers([](Snowflake guild) { return guild == 1; });
  EXPECT_TRUE(AwaitText("**Best of**: I was restarted; 2 of 3 were not played. Use `/play` again."));
  EXPECT_THAT(sender_.texts, SizeIs(1)) << "the old message is edited";
  EXPECT_TRUE(happenings_.Await([&] { return Rows("bundles") == 0 && Rows("bundle_requests") == 0; }));
}

TEST_F(PipelineTest, KeepsTheLatestOfWhatWasPlayed) {
  Start();
  for (int i = 0; i < 8; ++i) Play("s" + std::to_string(i));
  ASSERT_TRUE(AwaitTracks(8));
  for (std::size_t i = 0; i < 8; ++i) EndTrack(i, i == 7 ? PlayEnd::kSkipped : PlayEnd::kFinished);
  EXPECT_TRUE(happenings_.Await([&] { return Rows("bundles") == 0; }));
  Stop();
  const auto history = store_.ReadHistory(1, 10);
  ASSERT_THAT(history, SizeIs(5));
  EXPECT_EQ(history.front().title, players_.tracks[7].track.title);
  EXPECT_EQ(history.front().end, "skipped");
  EXPECT_EQ(history.front().user, 40);
}

TEST_F(PipelineTest, GoesOnWithoutADatabaseAndWritesWhenItIsBack) {
  Start();
  database_.Query("ALTER TABLE history RENAME TO hidden");
  Play("song");
  ASSERT_TRUE(AwaitTracks(1));
  EndTrack(0, PlayEnd::kFinished);
  EXPECT_TRUE(AwaitText("Played: **song**"));
  // The history row is refused for good, and the rest is written all the same.
  EXPECT_TRUE(happenings_.Await([&] { return Rows("bundles") == 0; }));
}

TEST_F(PipelineTest, HasOneHeartbeatForAllWorkersOfAStage) {
  options_.download_workers = 3;
  Start();
  std::vector<std::string> names;
  for (const auto& loop : health_.Loops()) names.push_back(loop.name);
  EXPECT_THAT(names, ElementsAre("download_files", "post_play_processing", "process_download_results", "send_messages",
                                 "youtube_search"));
}

TEST_F(PipelineTest, MakesNoSpansWhileThereIsNothingToDo) {
  Start();
  Stop();
  EXPECT_THAT(spans_.Take(), SizeIs(0));
}

}  // namespace
}  // namespace disruptor::music
