#include "apps/disruptor/music/player/sound_visits.hpp"

#include <gmock/gmock.h>

#include "apps/disruptor/music/player/player_fixture.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class FakeSource final : public AudioSource {
 public:
  AudioFilePtr FindCached(const Track& track) override { return cached.contains(track.key) ? File(track) : nullptr; }
  AudioFilePtr Fetch(const Track& track, Snowflake, const std::stop_token&) override {
    if (broken) throw MediaError(MediaError::Type::kBadMedia, "no sound in it");
    ++fetched;
    cached.insert(track.key);
    return File(track);
  }
  static AudioFilePtr File(const Track& track) { return std::make_shared<AudioFile>(AudioFile{.path = track.url}); }
  std::set<std::string> cached;
  int fetched = 0;
  bool broken = false;
};

class SoundVisitsTest : public PlayerFixture {
 protected:
  /// What a visit does once the bot is there.
  bool Visit() {
    const auto sound = visits_.Prepare(kGuild);
    return sound && sound([this] { ++ended_; });
  }

  std::vector<Track> sounds_{{.key = "sound:horn.ogg", .url = "horn.ogg", .title = "horn", .artist = ""}};
  FakeSource source_;
  ListedSounds board_{[this] { return sounds_; }, source_, random_};
  SoundVisits visits_{parts_, players_, board_, 15s};
  int ended_ = 0;
};

TEST_F(SoundVisitsTest, PlaysASoundAndTellsWhenItHasEnded) {
  ASSERT_TRUE(Visit());
  EXPECT_EQ(playback_.last().file->path, "horn.ogg");
  playback_.Start();
  EXPECT_EQ(Events("start"), 1);
  EXPECT_EQ(ended_, 0);
  playback_.End(PlaybackEnd::kFinished);
  EXPECT_EQ(Events("end"), 1);
  EXPECT_EQ(ended_, 1);
  const auto span = spans_.TakeOnly();
  EXPECT_EQ(span.name, "music player");
  EXPECT_EQ(span["music.track.title"], "horn");
  EXPECT_EQ(span["music.track.end"], "finished");
  EXPECT_EQ(ActivePlayers(), 0) << "a visit is no player";
}

TEST_F(SoundVisitsTest, TurnsASoundIntoOpusOnce) {
  ASSERT_TRUE(Visit());
  ASSERT_TRUE(Visit());
  EXPECT_EQ(source_.fetched, 1);
}

TEST_F(SoundVisitsTest, PicksAnyOfThem) {
  sounds_.push_back({.key = "sound:bell.ogg", .url = "bell.ogg", .title = "bell", .artist = ""});
  std::set<std::string> heard;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(Visit());
    heard.insert(playback_.last().file->path);
  }
  EXPECT_THAT(heard, testing::ElementsAre("bell.ogg", "horn.ogg"));
}

TEST_F(SoundVisitsTest, HasNothingToPlayWithoutSoundsOrWithABrokenOne) {
  source_.broken = true;
  EXPECT_FALSE(visits_.Prepare(kGuild));
  sounds_.clear();
  EXPECT_FALSE(visits_.Prepare(kGuild));
}

TEST_F(SoundVisitsTest, DoesNotDisturbMusic) {
  const auto sound = visits_.Prepare(kGuild);
  Play("a");
  ASSERT_TRUE(visits_.IsTaken(kGuild));
  EXPECT_FALSE(sound([this] { ++ended_; }));
  EXPECT_EQ(playback_.plays.size(), 1);
  EXPECT_EQ(ended_, 0);
}

TEST_F(SoundVisitsTest, GivesUpWhenNoVoiceServerAnswers) {
  ASSERT_TRUE(Visit());
  Advance(15s);
  EXPECT_TRUE(playback_.last().stopped);
  playback_.End(PlaybackEnd::kStopped);
  EXPECT_EQ(ended_, 1);
  const auto span = spans_.TakeOnly();
  EXPECT_TRUE(span.is_error);
  EXPECT_THAT(span.description, HasSubstr("voice server"));
  EXPECT_EQ(Events("start") + Events("end"), 0);
}

TEST_F(SoundVisitsTest, LeavesASoundThatIsHeardAlone) {
  ASSERT_TRUE(Visit());
  playback_.Start();
  Advance(1min);
  EXPECT_FALSE(playback_.last().stopped);
}

}  // namespace
}  // namespace disruptor::music
