#include "apps/disruptor/music/pipeline/bundle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace disruptor::music {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

AudioFilePtr Audio() { return std::make_shared<const AudioFile>(); }

Outcome Ready(const Request& request, const std::string& title = "") {
  return {.request = request, .track = {.title = title}, .audio = Audio(), .problem = {}};
}
Outcome Failed(const Request& request, const std::string& problem = "it is gone") {
  return {.request = request, .track = {}, .audio = nullptr, .problem = problem};
}

std::vector<std::string> Uuids(const std::vector<Outcome>& outcomes) {
  std::vector<std::string> uuids;
  for (const Outcome& outcome : outcomes) uuids.push_back(outcome.request.uuid);
  return uuids;
}

class BundleTest : public ::testing::Test {
 protected:
  std::vector<Request> Expand(std::vector<std::string> descriptions = {"one", "two", "three"}) {
    return bundle_.Expand("Best of", descriptions);
  }
  Bundle bundle_{
      "bundle", {.guild = 1, .text_channel = 2, .voice_channel = 3, .user = 4, .span = {}}, "first", "words"};
};

TEST_F(BundleTest, GivesEveryTrackOfAPlaylistARequestAndTheFirstTheOneThatAsked) {
  const auto requests = Expand();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_EQ(requests[0].uuid, "first");
  EXPECT_NE(requests[1].uuid, requests[2].uuid);
  for (const Request& request : requests) {
    EXPECT_EQ(request.bundle, "bundle");
    EXPECT_EQ(request.guild, 1);
    EXPECT_EQ(request.user, 4);
    EXPECT_TRUE(bundle_.Wants(request.uuid));
  }
  EXPECT_THAT(Expand(), IsEmpty()) << "a playlist inside a playlist";
}

TEST_F(BundleTest, KeepsTheOrderOfThePlaylistWhateverIsReadyFirst) {
  const auto requests = Expand();
  EXPECT_THAT(bundle_.Settle(Ready(requests[2])), IsEmpty());
  EXPECT_THAT(Uuids(bundle_.Settle(Ready(requests[0]))), ElementsAre(requests[0].uuid));
  EXPECT_THAT(Uuids(bundle_.Settle(Failed(requests[1]))), ElementsAre(requests[1].uuid, requests[2].uuid));
}

TEST_F(BundleTest, SettlesARequestOnce) {
  const auto requests = Expand();
  EXPECT_THAT(bundle_.Settle(Ready(requests[0])), SizeIs(1));
  EXPECT_THAT(bundle_.Settle(Ready(requests[0])), IsEmpty());
  EXPECT_FALSE(bundle_.Wants(requests[0].uuid));
}

TEST_F(BundleTest, HasEndedWhenEveryRequestHas) {
  const auto requests = Expand();
  for (const auto& request : requests) bundle_.Settle(Ready(request));
  EXPECT_FALSE(bundle_.ended());
  bundle_.SetPlayed(requests[0].uuid, PlayEnd::kFinished, "");
  bundle_.SetPlayed(requests[1].uuid, PlayEnd::kSkipped, "");
  EXPECT_FALSE(bundle_.ended());
  bundle_.SetPlayed(requests[2].uuid, PlayEnd::kFailed, "the connection was lost");
  EXPECT_TRUE(bundle_.ended());
  EXPECT_EQ(bundle_.Counts().played, 2);
  EXPECT_EQ(bundle_.Counts().failed, 1);
}

TEST_F(BundleTest, WantsNothingAnyMoreOnceItIsStopped) {
  const auto requests = Expand();
  bundle_.Settle(Ready(requests[1]));
  bundle_.Stop();
  EXPECT_TRUE(bundle_.ended());
  EXPECT_FALSE(bundle_.Wants(requests[0].uuid));
  EXPECT_THAT(bundle_.Settle(Ready(requests[0])), IsEmpty());
  EXPECT_EQ(DescribeProgress(bundle_), "**Best of**: 0 of 3 played, 3 stopped");
}

TEST_F(BundleTest, OfOneTrackSaysWhatBecomesOfIt) {
  EXPECT_EQ(DescribeProgress(bundle_), "Looking for **words** …");
  const Request request = bundle_.MakeRequest("first");
  bundle_.Settle(Ready(request, "Song"));
  EXPECT_EQ(DescribeProgress(bundle_), "Queued: **Song**");
  bundle_.SetPlayed("first", PlayEnd::kFailed, "I may not speak there");
  EXPECT_EQ(DescribeProgress(bundle_), "I could not play **Song**: I may not speak there");
}

TEST_F(BundleTest, OfManySaysHowFarItIsAndWhatFailed) {
  const auto requests = Expand();
  EXPECT_EQ(DescribeProgress(bundle_), "**Best of**: 0 of 3 ready");
  bundle_.Settle(Ready(requests[0]));
  bundle_.Settle(Failed(requests[1]));
  EXPECT_EQ(DescribeProgress(bundle_), "**Best of**: 1 of 3 ready, 1 failed: two (it is gone)");
}

TEST_F(BundleTest, ProgressFitsIntoAMessageWhateverTheTitlesAre) {
  std::vector<std::string> descriptions(500, std::string(400, '*'));
  const auto requests = bundle_.Expand(std::string(3'000, '@'), descriptions);
  for (const Request& request : requests) bundle_.Settle(Failed(request, std::string(400, '_')));
  const std::string text = DescribeProgress(bundle_);
  EXPECT_LE(text.size(), 2'000);
  EXPECT_THAT(text, HasSubstr("and 495 more"));
}

TEST(PlainText, HasNoMarkupAndNoMentions) {
  EXPECT_EQ(PlainText("<@123> @everyone **x**\n`y`"), "\\<\\@123\\> \\@everyone \\*\\*x\\*\\* \\`y\\`");
  EXPECT_EQ(PlainText("äöü", 2), "äö…");
}

}  // namespace
}  // namespace disruptor::music
