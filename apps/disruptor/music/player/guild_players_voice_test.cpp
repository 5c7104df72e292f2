#include <gmock/gmock.h>

#include "apps/disruptor/music/player/guild_players.hpp"
#include "apps/disruptor/music/player/player_fixture.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using GuildPlayersVoiceTest = PlayerFixture;

TEST_F(GuildPlayersVoiceTest, TellsWhyWhenDiscordDoesNotLetItIn) {
  gateway_.denied = true;
  players_.Enqueue(MakeTrack("a"));
  players_.Enqueue(MakeTrack("b"));
  Run();
  ASSERT_EQ(played_.size(), 2);
  for (const Played& played : played_) {
    EXPECT_EQ(played.end, PlayEnd::kFailed);
    EXPECT_THAT(played.problem, HasSubstr("did not let me into"));
  }
  EXPECT_EQ(players_.active(), 0);
  EXPECT_TRUE(spans_.TakeOnly().is_error);
  EXPECT_EQ(Events("start") + Events("end"), 0);
}

TEST_F(GuildPlayersVoiceTest, TellsWhyWhenNoVoiceServerAnswers) {
  players_.Enqueue(MakeTrack("a"));
  Run();
  Advance(14s);
  players_.CleanUp();
  EXPECT_THAT(played_, IsEmpty());
  Advance(1s);
  players_.CleanUp();
  Run();
  ASSERT_EQ(played_.size(), 1);
  EXPECT_THAT(played_[0].problem, HasSubstr("voice server"));
  EXPECT_TRUE(playback_.last().stopped);
  EXPECT_EQ(voice_.Channel(kGuild), std::nullopt);
}

TEST_F(GuildPlayersVoiceTest, GivesAPausedTrackAllTheTime) {
  players_.Enqueue(MakeTrack("a"));
  players_.Pause(kGuild);
  Run();
  Advance(1h);
  players_.CleanUp();
  EXPECT_EQ(NowPlaying(), "a");
  players_.Resume(kGuild);
  players_.CleanUp();
  EXPECT_EQ(NowPlaying(), "a") << "the time begins when it should be heard";
}

TEST_F(GuildPlayersVoiceTest, TriesAgainWhileThereIsNoSessionButNotForever) {
  gateway_.connected = false;
  players_.Enqueue(MakeTrack("a"));
  Run();
  Advance(250ms);
  gateway_.connected = true;
  Advance(500ms);
  EXPECT_EQ(playback_.last().file->path, "a");

  players_.Stop(kGuild, true);
  Run();
  played_.clear();
  gateway_.connected = false;
  players_.Enqueue(MakeTrack("b"));
  for (int i = 0; i < 40; ++i) Advance(1s);
  ASSERT_EQ(played_.size(), 1);
  EXPECT_THAT(played_[0].problem, HasSubstr("no connection to Discord"));
  EXPECT_THAT(executor_.tasks, IsEmpty());
}

TEST_F(GuildPlayersVoiceTest, GoesOnWhereItWasAfterALostConnection) {
  Play("a");
  playback_.last().position = 42s;
  playback_.End(PlaybackEnd::kLost, "closed");
  EXPECT_EQ(players_.View(kGuild).position, 42s);
  Advance(250ms);
  EXPECT_THAT(gateway_.sent, ElementsAre(Pair(kGuild, kChannel), Pair(kGuild, 0), Pair(kGuild, kChannel)));
  ASSERT_EQ(playback_.plays.size(), 2);
  EXPECT_EQ(playback_.last().position, 42s);
  playback_.Start();
  playback_.End(PlaybackEnd::kFinished);
  EXPECT_EQ(Events("start"), 1) << "it is one track";
  EXPECT_EQ(Events("end"), 1);
  EXPECT_THAT(played_, testing::SizeIs(1));
}

TEST_F(GuildPlayersVoiceTest, GivesUpATrackThatIsLostTooOften) {
  Play("a");
  for (int i = 0; i < 2; ++i) {
    playback_.End(PlaybackEnd::kLost, "closed");
    Advance(5s);
    playback_.Start();
  }
  playback_.End(PlaybackEnd::kLost, "closed");
  Run();
  EXPECT_EQ(playback_.plays.size(), 3);
  ASSERT_EQ(played_.size(), 1);
  EXPECT_EQ(played_[0].end, PlayEnd::kFailed);
  EXPECT_EQ(voice_.Channel(kGuild), std::nullopt) << "and leaves";
  EXPECT_EQ(Events("start"), 1);
  EXPECT_EQ(Events("end"), 1);
}

TEST_F(GuildPlayersVoiceTest, GoesOnWhereItWasAfterALostSession) {
  Play("a");
  playback_.last().position = 7s;
  const auto all = [](Snowflake) { return true; };
  voice_.OnSessionLost(all);
  players_.OnSessionLost(all);
  EXPECT_TRUE(playback_.last().stopped);
  Advance(250ms);
  EXPECT_EQ(voice_.Channel(kGuild), kChannel);
  EXPECT_EQ(playback_.last().position, 7s);
  EXPECT_THAT(gateway_.sent, ElementsAre(Pair(kGuild, kChannel), Pair(kGuild, kChannel)));
}

TEST_F(GuildPlayersVoiceTest, LeavesOtherShardsAlone) {
  Play("a");
  players_.OnSessionLost([](Snowflake guild) { return guild != kGuild; });
  EXPECT_FALSE(playback_.last().stopped);
}

TEST_F(GuildPlayersVoiceTest, EndsWhenSomebodyThrowsItOut) {
  Play("a");
  players_.Enqueue(MakeTrack("b"));
  voice_.OnOwnVoiceState(kGuild, 0);
  players_.OnVoiceLeft(kGuild);
  EXPECT_EQ(players_.active(), 0);
  EXPECT_EQ(played_.size(), 2);
  EXPECT_EQ(played_.at(0).end, PlayEnd::kStopped);
  EXPECT_TRUE(playback_.last().stopped);
  EXPECT_EQ(Events("end"), 1);
}

TEST_F(GuildPlayersVoiceTest, WaitsToBeToldWhyItIsNotInVoiceAnyMore) {
  Play("a");
  players_.Enqueue(MakeTrack("b"));
  playback_.last().position = 5s;
  playback_.End(PlaybackEnd::kStopped);
  EXPECT_EQ(playback_.plays.size(), 1) << "nothing is played, and nobody joins, where it was thrown out";
  EXPECT_THAT(executor_.tasks, IsEmpty());
  voice_.OnOwnVoiceState(kGuild, 0);
  players_.OnVoiceLeft(kGuild);
  EXPECT_EQ(played_.size(), 2);
  EXPECT_EQ(played_.at(0).heard, 5s);
}

TEST_F(GuildPlayersVoiceTest, IgnoresThatItLeftWhenItHasJoinedAgain) {
  Play("a");
  players_.OnVoiceLeft(kGuild);
  EXPECT_EQ(NowPlaying(), "a");
}

TEST_F(GuildPlayersVoiceTest, EndsWithItsGuild) {
  Play("a");
  voice_.OnGuildGone(kGuild);
  players_.OnGuildGone(kGuild);
  EXPECT_EQ(players_.active(), 0);
  EXPECT_EQ(played_.size(), 1);
}

TEST_F(GuildPlayersVoiceTest, LeavesAfterTheQuietTime) {
  Play("a");
  playback_.End(PlaybackEnd::kFinished);
  Advance(4min + 59s);
  EXPECT_EQ(players_.CleanUp(), 0);
  Advance(1s);
  EXPECT_EQ(players_.CleanUp(), 1);
  EXPECT_EQ(voice_.Channel(kGuild), std::nullopt);
  EXPECT_EQ(guildscope::testing::CountOf(registry_, "disruptor.audio.processing_duration", {"cleanup", "10"}), 1);
  EXPECT_EQ(players_.active(), 0);
}

TEST_F(GuildPlayersVoiceTest, CountsTheQuietTimeFromTheLastTrack) {
  Play("a");
  playback_.End(PlaybackEnd::kFinished);
  Advance(4min);
  Play("b");
  Advance(2min);
  EXPECT_EQ(players_.CleanUp(), 0);
  EXPECT_EQ(NowPlaying(), "b");
}

TEST_F(GuildPlayersVoiceTest, LeavesWhenNobodyListens) {
  Play("a");
  people_ = 0;
  EXPECT_EQ(players_.CleanUp(), 0);
  Advance(59s);
  people_ = std::nullopt;
  EXPECT_EQ(players_.CleanUp(), 0) << "not known is not nobody";
  people_ = 0;
  EXPECT_EQ(players_.CleanUp(), 0);
  Advance(60s);
  EXPECT_EQ(players_.CleanUp(), 1);
  EXPECT_EQ(voice_.Channel(kGuild), std::nullopt);
  EXPECT_EQ(played_.at(0).end, PlayEnd::kStopped);
}

TEST_F(GuildPlayersVoiceTest, TakesOverFromAVisit) {
  ASSERT_EQ(voice_.Join(kGuild, kChannel), JoinOutcome::kJoined);
  bool ended = false;
  ASSERT_TRUE(players_.PlayUnlessTaken(kGuild, nullptr, {[] {}, [&](const PlaybackResult&) { ended = true; }}));
  players_.Enqueue(MakeTrack("a"));
  EXPECT_TRUE(players_.IsTaken(kGuild));
  Run();
  EXPECT_EQ(playback_.last().file->path, "a");
  EXPECT_TRUE(playback_.plays[0].stopped);
  EXPECT_FALSE(players_.PlayUnlessTaken(kGuild, nullptr, {}));
}

TEST_F(GuildPlayersVoiceTest, TakesAVisitAlongToAnotherChannel) {
  ASSERT_EQ(voice_.Join(kGuild, kChannel + 1), JoinOutcome::kJoined);
  players_.Enqueue(MakeTrack("a"));
  Run();
  EXPECT_EQ(voice_.Channel(kGuild), kChannel);
  EXPECT_EQ(NowPlaying(), "a");
}

TEST_F(GuildPlayersVoiceTest, FailsWhenTheExecutorTakesNothingAndStillLeavesLater) {
  Play("a");
  executor_.full = true;
  players_.Stop(kGuild, true);
  EXPECT_EQ(voice_.Channel(kGuild), kChannel);
  players_.CleanUp();
  EXPECT_EQ(voice_.Channel(kGuild), std::nullopt);
  players_.Enqueue(MakeTrack("b"));
  EXPECT_EQ(played_.back().end, PlayEnd::kFailed);
  EXPECT_THAT(played_.back().problem, HasSubstr("too much to do"));
  EXPECT_EQ(players_.active(), 0);
}

}  // namespace
}  // namespace disruptor::music
