#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/voice_playback/voice_bot.hpp"

namespace disruptor {
namespace {

using namespace std::chrono_literals;
using music::PlayEnd;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

/// Seconds since 1970, as the stand-in says when something was heard.
double Now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::ptrdiff_t OpenFiles() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

class VoicePlaybackTest : public ::testing::Test {
 protected:
  void Play(double frequency, std::size_t frames) { bot_.players.Enqueue(bot_.MakeTone(frequency, frames)); }
  bool Hears(std::size_t frames) {
    return Eventually([&] { return bot_.FramesHeard() >= frames; });
  }
  bool HasPlayed(std::size_t tracks) {
    return Eventually([&] { return bot_.played().size() >= tracks; });
  }
  /// Exactly these, none twice and none lost, whatever happened.
  void ExpectHeard(std::size_t frames) {
    EXPECT_TRUE(Hears(frames)) << bot_.Heard().dump(2);
    const auto heard = bot_.Heard();
    EXPECT_EQ(bot_.FramesHeard(), frames) << heard.dump(2);
    EXPECT_EQ(heard["lost"], 0);
    EXPECT_EQ(heard["duplicates"], 0);
    EXPECT_EQ(heard["undecryptable"], 0);
    EXPECT_EQ(heard["not_opus"], 0);
    EXPECT_EQ(heard["timestamp_errors"], 0);
  }
  void ExpectTone(const nlohmann::json& segment, double frequency) {
    EXPECT_NEAR(segment["frequency_hz"].get<double>(), frequency, 1) << segment;
    EXPECT_GT(segment["purity"].get<double>(), 0.9) << segment;
  }
  double Joins() { return bot_.Metric("disruptor.voice.connection_attempts", {std::to_string(bot_.guild), "success"}); }

  explicit VoicePlaybackTest(const VoiceBot::Options& options = {}) : bot_(options) {}

  VoiceBot bot_;
};

class VoicePlaybackInTheClearTest : public VoicePlaybackTest {
 protected:
  VoicePlaybackInTheClearTest() : VoicePlaybackTest({.dave = false}) {}
};

class VoicePlaybackInManyGuildsTest : public VoicePlaybackTest {
 protected:
  static constexpr std::size_t kGuilds = 15;
  VoicePlaybackInManyGuildsTest() : VoicePlaybackTest({.guilds = kGuilds}) {}
};

TEST_F(VoicePlaybackTest, EveryFrameOfAFileIsHeardInTime) {
  Play(440, 150);
  ASSERT_TRUE(HasPlayed(1));
  EXPECT_EQ(bot_.played()[0].end, PlayEnd::kFinished) << bot_.played()[0].problem;
  EXPECT_NEAR(bot_.played()[0].heard.count(), 150 * 20 - 6, 2) << "without the pre-skip";
  ExpectHeard(150);
  EXPECT_TRUE(Eventually([&] { return bot_.Heard()["silence_frames"] == 6; }))
      << "D++'s first and five that end it: " << bot_.Heard();
  const auto heard = bot_.Heard();
  ASSERT_EQ(heard["segments"].size(), 1) << heard.dump(2);
  ExpectTone(heard["segments"][0], 440);
  const double took = heard["segments"][0]["ended_at"].get<double>() - heard["segments"][0]["started_at"].get<double>();
  EXPECT_NEAR(took, 149 * 0.020, 0.1) << "the time is kept";
  RecordProperty("jitter_ms", heard["jitter_ms"].dump());
  RecordProperty("longest_gap_ms", heard["longest_gap_ms"].dump());
  EXPECT_EQ(Joins(), 1);
  EXPECT_EQ(bot_.Metric("disruptor.audio.track_events", {"start", std::to_string(bot_.guild)}), 1);
  EXPECT_EQ(bot_.Metric("disruptor.audio.track_events", {"end", std::to_string(bot_.guild)}), 1);
}

TEST_F(VoicePlaybackInTheClearTest, IsHeardWithoutOfferingEndToEndEncryptionToo) {
  Play(440, 50);
  ASSERT_TRUE(HasPlayed(1));
  ExpectHeard(50);
}

TEST_F(VoicePlaybackInManyGuildsTest, EachHearsEveryFrameOfItsOwn) {
  std::size_t frames = 0;
  for (const auto& guild : bot_.Control("/guilds")) {
    music::QueuedTrack track = bot_.MakeTone(440 + 10.0 * static_cast<double>(frames), 100);
    track.request.guild = std::stoull(guild["id"].get<std::string>());
    track.request.voice_channel = std::stoull(guild["voice_channels"][0]["id"].get<std::string>());
    bot_.players.Enqueue(std::move(track));
    ++frames;
  }
  ASSERT_EQ(frames, kGuilds);
  const auto before = std::clock();
  ASSERT_TRUE(HasPlayed(kGuilds));
  RecordProperty("cpu_seconds_with_the_standin",
                 std::to_string(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC));
  EXPECT_TRUE(Hears(100 * kGuilds));
  for (std::size_t i = 0; i < kGuilds; ++i) {
    const auto played = bot_.played()[i];
    const auto heard = bot_.Control("/audio/" + std::to_string(played.what.request.guild));
    EXPECT_EQ(heard["frames"].get<std::size_t>() - heard["silence_frames"].get<std::size_t>(), 100) << heard.dump(2);
    EXPECT_EQ(heard["lost"], 0);
    RecordProperty("longest_gap_ms_" + std::to_string(i), heard["longest_gap_ms"].dump());
    ExpectTone(heard["segments"][0], std::stod(played.what.track.title));
  }
}

TEST_F(VoicePlaybackTest, OneTrackFollowsTheOtherWithoutAGap) {
  Play(440, 60);
  Play(880, 60);
  ASSERT_TRUE(HasPlayed(2));
  ExpectHeard(120);
  EXPECT_EQ(bot_.Heard()["segments"].size(), 1);
  EXPECT_EQ(Joins(), 1);
}

TEST_F(VoicePlaybackTest, APauseIsAPause) {
  Play(440, 100);
  ASSERT_TRUE(Hears(30));
  bot_.players.Pause(bot_.guild);
  const double paused_at = Now();
  const auto view = bot_.players.View(bot_.guild);
  ASSERT_TRUE(Eventually([&] { return Now() - paused_at > 0.6; }));
  EXPECT_EQ(bot_.players.View(bot_.guild).position, view.position);
  const auto heard = bot_.Heard();
  EXPECT_LT(heard["segments"][0]["ended_at"].get<double>() - paused_at, 0.1);
  bot_.players.Resume(bot_.guild);
  ASSERT_TRUE(HasPlayed(1));
  ExpectHeard(100);
  EXPECT_EQ(bot_.Heard()["segments"].size(), 2);
}

TEST_F(VoicePlaybackTest, ASkipIsHeardAtOnce) {
  Play(440, 500);
  Play(880, 50);
  ASSERT_TRUE(Hears(30));
  const auto position = bot_.players.View(bot_.guild).position;
  bot_.players.Skip(bot_.guild);
  ASSERT_TRUE(HasPlayed(2));
  EXPECT_EQ(bot_.played()[0].end, PlayEnd::kSkipped);
  const auto skipped = static_cast<std::size_t>((bot_.played()[0].heard.count() + 7) / 20);
  EXPECT_LE(bot_.played()[0].heard - position, 60ms);
  ExpectHeard(skipped + 50);
}

TEST_F(VoicePlaybackTest, AStopIsHeardAtOnceAndTheBotLeaves) {
  Play(440, 500);
  ASSERT_TRUE(Hears(30));
  bot_.players.Stop(bot_.guild, /*leave=*/true);
  const double stopped_at = Now();
  ASSERT_TRUE(Eventually([&] { return bot_.voice.active() == 0; }));
  const auto heard = bot_.Heard();
  EXPECT_LT(heard["segments"][0]["ended_at"].get<double>() - stopped_at, 0.1) << heard.dump(2);
  EXPECT_TRUE(Eventually([&] { return bot_.Control("/ledger")["voice_leaves"][0]["count"] == 1; }));
}

TEST_F(VoicePlaybackTest, ADroppedVoiceConnectionCostsNoFrame) {
  Play(440, 150);
  ASSERT_TRUE(Hears(40));
  bot_.AddFault({{"kind", "voice_drop"}, {"guild_id", std::to_string(bot_.guild)}});
  ASSERT_TRUE(HasPlayed(1));
  EXPECT_EQ(bot_.played()[0].end, PlayEnd::kFinished) << bot_.played()[0].problem;
  ExpectHeard(150);
  EXPECT_EQ(Joins(), 1) << "the connection is another, the stay is the same";
  EXPECT_EQ(bot_.Control("/ledger")["voice"]["connects"], 2);
}

TEST_F(VoicePlaybackTest, GoesOnWhenDiscordNamesAnotherVoiceServer) {
  Play(440, 150);
  ASSERT_TRUE(Hears(40));
  bot_.AddFault({{"kind", "voice_server_change"}, {"guild_id", std::to_string(bot_.guild)}});
  ASSERT_TRUE(HasPlayed(1));
  EXPECT_EQ(bot_.played()[0].end, PlayEnd::kFinished) << bot_.played()[0].problem;
  ExpectHeard(150);
  EXPECT_EQ(Joins(), 1);
}

TEST_F(VoicePlaybackTest, JoinsAnewWhenTheVoiceSessionIsWorthless) {
  Play(440, 150);
  ASSERT_TRUE(Hears(40));
  bot_.AddFault({{"kind", "voice_drop"}, {"guild_id", std::to_string(bot_.guild)}, {"code", 4006}});
  ASSERT_TRUE(HasPlayed(1));
  EXPECT_EQ(bot_.played()[0].end, PlayEnd::kFinished) << bot_.played()[0].problem;
  ExpectHeard(150);
  EXPECT_EQ(Joins(), 2);
}

TEST_F(VoicePlaybackTest, ATrackAfterALossInTheQuietIsHeard) {
  Play(440, 20);
  ASSERT_TRUE(HasPlayed(1));
  bot_.AddFault({{"kind", "voice_drop"}, {"guild_id", std::to_string(bot_.guild)}, {"code", 4006}});
  Play(880, 50);
  ASSERT_TRUE(HasPlayed(2));
  EXPECT_EQ(bot_.played()[1].end, PlayEnd::kFinished) << bot_.played()[1].problem;
  EXPECT_TRUE(Hears(70));
  EXPECT_EQ(Joins(), 2);
}

TEST_F(VoicePlaybackTest, GoesOnAfterALostGatewaySession) {
  Play(440, 150);
  ASSERT_TRUE(Hears(40));
  bot_.AddFault({{"kind", "invalid_session"}, {"shard", 0}});
  ASSERT_TRUE(HasPlayed(1));
  EXPECT_EQ(bot_.played()[0].end, PlayEnd::kFinished) << bot_.played()[0].problem;
  EXPECT_GT(bot_.played()[0].heard, 2'900ms);
  // What was sent before the bot knew, to a voice session that had ended with the gateway's, nobody heard.
  EXPECT_GT(bot_.FramesHeard(), 40);
  EXPECT_EQ(Joins(), 2);
}

TEST_F(VoicePlaybackTest, SaysWhyWhenNoVoiceServerAnswers) {
  bot_.AddFault({{"kind", "voice_silent"}, {"at", "hello"}, {"count", 100}});
  Play(440, 50);
  EXPECT_TRUE(Eventually([&] {
    bot_.players.CleanUp();
    return !bot_.played().empty();
  }));
  EXPECT_EQ(bot_.played().at(0).end, PlayEnd::kFailed);
  EXPECT_THAT(bot_.played().at(0).problem, HasSubstr("voice server"));
  EXPECT_EQ(Joins(), 1) << "Discord had confirmed that the bot is there";
  EXPECT_TRUE(Eventually([&] { return bot_.voice.active() == 0; }));
}

TEST_F(VoicePlaybackTest, TwentyStaysLeaveNoFileOpen) {
  std::ptrdiff_t before = 0;
  for (int i = 0; i < 20; ++i) {
    Play(440, 1);
    ASSERT_TRUE(HasPlayed(static_cast<std::size_t>(i) + 1));
    bot_.players.Stop(bot_.guild, /*leave=*/true);
    ASSERT_TRUE(Eventually([&] { return bot_.voice.active() == 0; }));
    if (i == 4) before = OpenFiles();
  }
  EXPECT_TRUE(Eventually([&] { return OpenFiles() <= before + 2; })) << OpenFiles() << " now, " << before << " before";
}

}  // namespace
}  // namespace disruptor
