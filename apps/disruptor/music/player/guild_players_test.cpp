#include "apps/disruptor/music/player/guild_players.hpp"

#include <gmock/gmock.h>

#include "apps/disruptor/music/player/player_fixture.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using GuildPlayersTest = PlayerFixture;

TEST_F(GuildPlayersTest, JoinsPlaysOneAfterTheOtherAndSaysSo) {
  players_.Enqueue(MakeTrack("a"));
  players_.Enqueue(MakeTrack("b"));
  EXPECT_THAT(gateway_.sent, IsEmpty()) << "Enqueue never blocks";
  Run();
  EXPECT_THAT(gateway_.sent, ElementsAre(Pair(kGuild, kChannel)));
  EXPECT_EQ(playback_.last().file->path, "a");
  playback_.Start();
  playback_.last().position = 1'234ms;
  EXPECT_EQ(players_.View(kGuild).position, 1'234ms);
  EXPECT_EQ(players_.queued(), 1);
  playback_.End(PlaybackEnd::kFinished);
  EXPECT_EQ(playback_.last().file->path, "b");
  playback_.Start();
  playback_.End(PlaybackEnd::kFinished);
  ASSERT_EQ(played_.size(), 2);
  EXPECT_EQ(played_[0].what.track.title, "a");
  EXPECT_EQ(played_[0].end, PlayEnd::kFinished);
  EXPECT_EQ(played_[0].heard, 1'234ms);
  EXPECT_EQ(NowPlaying(), "");
  EXPECT_EQ(voice_.Channel(kGuild), kChannel) << "it stays for the quiet time";
}

TEST_F(GuildPlayersTest, CountsStartsEndsAndPlayersThatPlay) {
  players_.Enqueue(MakeTrack("a"));
  Run();
  EXPECT_EQ(Events("start"), 0) << "nothing was heard yet";
  EXPECT_EQ(ActivePlayers(), 1);
  playback_.Start();
  EXPECT_EQ(Events("start"), 1);
  EXPECT_EQ(Events("end"), 0);
  playback_.End(PlaybackEnd::kFinished);
  EXPECT_EQ(Events("end"), 1);
  EXPECT_EQ(ActivePlayers(), 0);
}

TEST_F(GuildPlayersTest, MakesASpanOfEachTrackThatLinksToTheRequest) {
  const guildscope::tracing::Span command = tracer_.Start("command play");
  QueuedTrack track = MakeTrack("a");
  track.request.asked = command.span_context();
  {
    const guildscope::tracing::ContextScope scope(command.context());
    players_.Enqueue(std::move(track));
  }
  Run();
  playback_.Start();
  playback_.last().position = 2s;
  playback_.End(PlaybackEnd::kFinished);
  const auto span = spans_.TakeOnly();
  EXPECT_EQ(span.name, "music player");
  EXPECT_EQ(span.kind, guildscope::tracing::SpanKind::kInternal);
  EXPECT_EQ(span.parent_span_id, (std::array<std::uint8_t, 8>{})) << "a root";
  EXPECT_NE(span.context.trace_id, command.span_context().trace_id);
  EXPECT_EQ(span["music.media_request.uuid"], "uuid of a");
  EXPECT_EQ(span["guild_id"], "10");
  EXPECT_EQ(span["music.track.title"], "a");
  EXPECT_EQ(span["music.track.end"], "finished");
  EXPECT_EQ(span["music.track.position_ms"], "2000");
  EXPECT_FALSE(span.is_error);
}

TEST_F(GuildPlayersTest, SkipsAtOnceAndAlsoWhileItJoins) {
  Play("a");
  players_.Enqueue(MakeTrack("b"));
  EXPECT_EQ(players_.Skip(kGuild), PlayerAnswer::kDone);
  EXPECT_TRUE(playback_.plays[0].stopped);
  EXPECT_EQ(playback_.last().file->path, "b");
  EXPECT_EQ(played_.at(0).end, PlayEnd::kSkipped);
  EXPECT_EQ(players_.Skip(kGuild), PlayerAnswer::kDone);
  EXPECT_EQ(players_.Skip(kGuild), PlayerAnswer::kNoPlayer);
  EXPECT_EQ(Events("start"), Events("end"));
}

TEST_F(GuildPlayersTest, PlaysTheNextWhenTheFirstWasSkippedOnTheWay) {
  players_.Enqueue(MakeTrack("a"));
  players_.Enqueue(MakeTrack("b"));
  EXPECT_EQ(players_.Skip(kGuild), PlayerAnswer::kDone);
  Run();
  ASSERT_EQ(playback_.plays.size(), 1);
  EXPECT_EQ(playback_.last().file->path, "b");
}

TEST_F(GuildPlayersTest, PausesAndResumes) {
  EXPECT_EQ(players_.Pause(kGuild), PlayerAnswer::kNoPlayer);
  Play("a");
  EXPECT_EQ(players_.Resume(kGuild), PlayerAnswer::kAlready);
  EXPECT_EQ(players_.Pause(kGuild), PlayerAnswer::kDone);
  EXPECT_TRUE(playback_.last().paused);
  EXPECT_TRUE(players_.View(kGuild).paused);
  EXPECT_EQ(players_.Pause(kGuild), PlayerAnswer::kAlready);
  EXPECT_EQ(players_.Resume(kGuild), PlayerAnswer::kDone);
  EXPECT_FALSE(playback_.last().paused);
}

TEST_F(GuildPlayersTest, BeginsPausedWhenItWasPausedOnTheWay) {
  players_.Enqueue(MakeTrack("a"));
  players_.Pause(kGuild);
  Run();
  EXPECT_TRUE(playback_.last().paused);
}

TEST_F(GuildPlayersTest, ShufflesWhatWaits) {
  Play("a");
  EXPECT_EQ(players_.Shuffle(kGuild), PlayerAnswer::kNothingToShuffle);
  for (const auto* name : {"b", "c", "d"}) players_.Enqueue(MakeTrack(name));
  std::set<std::string> orders;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(players_.Shuffle(kGuild), PlayerAnswer::kDone);
    std::string order;
    for (const auto& track : players_.View(kGuild).next) order += track.track.title;
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 6) << "every order comes";
  EXPECT_EQ(NowPlaying(), "a");
}

TEST_F(GuildPlayersTest, StopsAndGivesBackWhatWaited) {
  Play("a");
  players_.Enqueue(MakeTrack("b"));
  EXPECT_EQ(players_.Stop(kGuild, /*leave=*/false), PlayerAnswer::kDone);
  EXPECT_TRUE(playback_.last().stopped);
  ASSERT_EQ(played_.size(), 2);
  EXPECT_EQ(played_[0].what.track.title, "a");
  EXPECT_EQ(played_[1].end, PlayEnd::kStopped);
  EXPECT_EQ(voice_.Channel(kGuild), kChannel);
  EXPECT_EQ(players_.Stop(kGuild, /*leave=*/true), PlayerAnswer::kDone);
  Run();
  EXPECT_EQ(voice_.Channel(kGuild), std::nullopt);
  EXPECT_EQ(players_.Stop(kGuild, true), PlayerAnswer::kNoPlayer);
}

TEST_F(GuildPlayersTest, LeavesWhenItWasStoppedWhileItJoined) {
  gateway_.on_confirm = [this](Snowflake guild, Snowflake channel) {
    if (channel != 0) players_.Stop(kGuild, true);
    voice_.OnOwnVoiceState(guild, channel);
  };
  players_.Enqueue(MakeTrack("a"));
  Run();
  EXPECT_EQ(voice_.Channel(kGuild), std::nullopt);
  EXPECT_EQ(players_.active(), 0);
  EXPECT_THAT(playback_.plays, IsEmpty());
}

TEST_F(GuildPlayersTest, GivesBackWhatAFullQueueDoesNotTake) {
  Play("a");
  for (const auto* name : {"b", "c", "d", "e"}) players_.Enqueue(MakeTrack(name));
  ASSERT_EQ(played_.size(), 1);
  EXPECT_EQ(played_[0].what.track.title, "e");
  EXPECT_EQ(played_[0].end, PlayEnd::kFailed);
  EXPECT_THAT(played_[0].problem, HasSubstr("full"));
  EXPECT_EQ(players_.queued(), 3);
}

TEST_F(GuildPlayersTest, GoesOnBehindADamagedFile) {
  Play("a");
  players_.Enqueue(MakeTrack("b"));
  playback_.End(PlaybackEnd::kBadFile, "page 7");
  EXPECT_EQ(played_.at(0).end, PlayEnd::kFailed);
  EXPECT_EQ(NowPlaying(), "b");
  const auto span = spans_.TakeOnly();
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span["music.track.end"], "failed");
}

TEST_F(GuildPlayersTest, StaysWhereItPlaysWhenATrackIsAskedForElsewhere) {
  Play("a");
  players_.Enqueue(MakeTrack("b", kChannel + 1));
  playback_.End(PlaybackEnd::kFinished);
  EXPECT_EQ(NowPlaying(), "b");
  EXPECT_EQ(voice_.Channel(kGuild), kChannel);
}

TEST_F(GuildPlayersTest, MovesForATrackThatComesWhenItIsQuiet) {
  Play("a");
  playback_.End(PlaybackEnd::kFinished);
  players_.Enqueue(MakeTrack("b", kChannel + 1));
  EXPECT_EQ(players_.Channel(kGuild), kChannel) << "where it still is";
  Run();
  EXPECT_EQ(voice_.Channel(kGuild), kChannel + 1);
  EXPECT_EQ(playback_.last().file->path, "b");
}

TEST_F(GuildPlayersTest, StaysWhereSomebodyMovesIt) {
  Play("a");
  players_.Enqueue(MakeTrack("b"));
  voice_.OnOwnVoiceState(kGuild, kChannel + 5);
  playback_.End(PlaybackEnd::kFinished);
  EXPECT_EQ(playback_.last().file->path, "b");
  EXPECT_EQ(voice_.Channel(kGuild), kChannel + 5);
}

TEST_F(GuildPlayersTest, EndsEverythingWhenItCloses) {
  Play("a");
  players_.Enqueue(MakeTrack("b"));
  players_.Close();
  EXPECT_EQ(played_.size(), 2);
  EXPECT_EQ(players_.active(), 0);
  players_.Enqueue(MakeTrack("c"));
  EXPECT_EQ(played_.back().end, PlayEnd::kStopped);
  EXPECT_EQ(spans_.Take().size(), 1) << "what never had its turn has no span";
}

}  // namespace
}  // namespace disruptor::music
