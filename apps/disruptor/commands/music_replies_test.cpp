#include "apps/disruptor/commands/music_replies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace disruptor {
namespace {

using namespace std::chrono_literals;
using music::PlayerAnswer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Caller kListener{.guild = 1, .user = 2, .may_manage = false, .voice_channel = 7};
const Caller kManager{.guild = 1, .user = 2, .may_manage = true, .voice_channel = 0};

VoiceChannel Channel() {
  return {.id = 7, .name = "Lounge", .people = 1, .members = 1, .may_join = true, .may_speak = true};
}

music::QueuedTrack Track(const std::string& title, std::chrono::milliseconds length = 3min) {
  return {.request = {.user = 42},
          .track = {.title = title},
          .audio = std::make_shared<const music::AudioFile>(music::AudioFile{.path = {}, .length = length})};
}

music::PlayerView View(std::size_t waiting) {
  music::PlayerView view{.now = Track("Song", 4min), .position = 1min};
  for (std::size_t i = 1; i <= waiting; ++i) view.next.push_back(Track("t" + std::to_string(i)));
  return view;
}

TEST(RefusePlay, SaysWhatIsInTheWay) {
  EXPECT_EQ(RefusePlay(kListener, Channel(), std::nullopt), "");
  EXPECT_THAT(RefusePlay({}, Channel(), std::nullopt), HasSubstr("in a server only"));
  EXPECT_THAT(RefusePlay({.guild = 1}, std::nullopt, std::nullopt), HasSubstr("Join a voice channel first"));
  EXPECT_THAT(RefusePlay(kListener, std::nullopt, std::nullopt), HasSubstr("cannot see <#7>"));
  VoiceChannel channel = Channel();
  channel.may_join = false;
  EXPECT_THAT(RefusePlay(kListener, channel, std::nullopt), HasSubstr("may not join <#7>"));
  channel = Channel();
  channel.may_speak = false;
  EXPECT_THAT(RefusePlay(kListener, channel, std::nullopt), HasSubstr("may not speak"));
  channel = Channel();
  channel.user_limit = 1;
  EXPECT_THAT(RefusePlay(kListener, channel, std::nullopt), HasSubstr("is full"));
  EXPECT_EQ(RefusePlay(kListener, channel, 7), "") << "it is there already";
  EXPECT_THAT(RefusePlay(kListener, Channel(), 8), HasSubstr("playing in <#8>"));
}

TEST(RefuseControl, IsForThoseWhoNeitherListenNorManage) {
  EXPECT_EQ(RefuseControl(kListener, 7), "");
  EXPECT_EQ(RefuseControl(kManager, 7), "");
  EXPECT_EQ(RefuseControl({.guild = 1}, std::nullopt), "") << "there is nothing to control, which is said elsewhere";
  EXPECT_THAT(RefuseControl(kListener, 8), HasSubstr("Only those who listen in <#8>"));
  EXPECT_THAT(RefuseControl({}, 8), HasSubstr("in a server only"));
}

TEST(ControlReplies, SayWhenThereIsNothingToControl) {
  for (const auto& text : {DescribeSkip(PlayerAnswer::kNoPlayer), DescribePause(PlayerAnswer::kNoPlayer),
                           DescribeResume(PlayerAnswer::kNoPlayer), DescribeShuffle(PlayerAnswer::kNoPlayer),
                           DescribeStop(PlayerAnswer::kNoPlayer, 0)}) {
    EXPECT_THAT(text, HasSubstr("Nothing is playing"));
  }
  EXPECT_THAT(DescribeStop(PlayerAnswer::kNoPlayer, 1), HasSubstr("1 track on the way"));
  EXPECT_THAT(DescribePause(PlayerAnswer::kAlready), HasSubstr("paused already"));
  EXPECT_THAT(DescribeResume(PlayerAnswer::kAlready), HasSubstr("not paused"));
  EXPECT_THAT(DescribeShuffle(PlayerAnswer::kNothingToShuffle), HasSubstr("fewer than two"));
}

TEST(DescribeQueue, HasPagesWithPositionLengthAndWhoAsked) {
  const std::string first = DescribeQueue(View(25), 3, 1);
  EXPECT_THAT(first, AllOf(HasSubstr("Now: Song (4:00), for <@42>"), HasSubstr("1\\. t1 (3:00), for <@42>, in 3:00"),
                           HasSubstr("10\\. t10"), Not(HasSubstr("t11")), HasSubstr("25 tracks waiting. Page 1 of 3."),
                           HasSubstr("3 tracks more on the way")));
  EXPECT_THAT(DescribeQueue(View(25), 0, 3), AllOf(HasSubstr("25\\. t25"), Not(HasSubstr("20\\. t20"))));
  EXPECT_THAT(DescribeQueue(View(25), 0, 4), HasSubstr("no page 4: the queue has 3 pages"));
  EXPECT_THAT(DescribeQueue(View(0), 0, 0), HasSubstr("no page 0"));
  EXPECT_THAT(DescribeQueue({}, 0, 1), HasSubstr("Nothing is playing"));
  EXPECT_THAT(DescribeQueue({}, 2, 1), HasSubstr("2 tracks on the way"));
}

TEST(DescribeQueue, FitsIntoAMessageWhateverTheTitlesAre) {
  music::PlayerView view{.now = Track(std::string(3'000, '*'))};
  for (int i = 0; i < 10; ++i) view.next.push_back(Track(std::string(3'000, '_')));
  EXPECT_LE(DescribeQueue(view, 1, 1).size(), 2'000);
}

TEST(DescribeNow, ShowsHowFarItIs) {
  EXPECT_EQ(DescribeNow(View(0), 0), "**Song**, for <@42>\n1:00 ━━━━━●────────────── 4:00");
  music::PlayerView view = View(0);
  view.paused = true;
  view.position = 10h;
  EXPECT_EQ(DescribeNow(view, 0), "**Song**, for <@42>\n10:00:00 ━━━━━━━━━━━━━━━━━━━● 4:00, paused");
  EXPECT_THAT(DescribeNow({}, 1), HasSubstr("1 track on the way"));
}

TEST(DescribeHistory, SaysWhatWasPlayedWhenAndForWhom) {
  const std::chrono::system_clock::time_point now(std::chrono::hours(1'000));
  EXPECT_EQ(DescribeHistory({{42, "*Song*", now - 5min, "finished"}, {43, "Other", now - 3h - 2min, "skipped"}}, now),
            "What was played here:\n\\*Song\\*, for <@42>, 5 minutes ago\nOther, for <@43>, 3 hours ago, skipped");
  EXPECT_THAT(DescribeHistory({}, now), HasSubstr("Nothing was played"));
}

}  // namespace
}  // namespace disruptor
