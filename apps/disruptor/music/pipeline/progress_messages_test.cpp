#include "apps/disruptor/music/pipeline/progress_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guildscope/testing/fake_clock.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Outcome = MessageSender::Outcome;

class ProgressMessagesTest : public ::testing::Test {
 protected:
  void Say(const std::string& text, bool finished = false) {
    messages_.Set({.bundle = "b", .channel = 7, .asked = {}, .text = text, .finished = finished});
  }
  /// The text that is due now; empty when none is.
  std::string TakeDue() {
    const auto due = messages_.TakeDue();
    if (due.empty()) return "";
    EXPECT_THAT(due, SizeIs(1));
    message_ = due.front().message;
    return due.front().text;
  }

  guildscope::testing::FakeClock clock_;
  ProgressMessages messages_{{.first = 1s, .interval = 4s, .most_failures = 2}, clock_};
  Snowflake message_ = 0;  // that the last one edits
};

TEST_F(ProgressMessagesTest, ArePostedOnceAndEditedAfterThat) {
  Say("1 of 3");
  EXPECT_EQ(TakeDue(), "") << "it may be done in a moment";
  clock_.Advance(1s);
  EXPECT_EQ(TakeDue(), "1 of 3");
  EXPECT_EQ(message_, 0);
  EXPECT_TRUE(messages_.Sent("b", Outcome::kSent, 99));
  Say("2 of 3");
  clock_.Advance(4s);
  EXPECT_EQ(TakeDue(), "2 of 3");
  EXPECT_EQ(message_, 99);
  EXPECT_FALSE(messages_.Sent("b", Outcome::kSent, 99));
}

TEST_F(ProgressMessagesTest, MakeOneEditOfManyChangesAndAlwaysTellTheLast) {
  Say("0");
  clock_.Advance(1s);
  EXPECT_EQ(TakeDue(), "0");
  Say("1");  // while it is under way
  EXPECT_THAT(messages_.TakeDue(), IsEmpty());
  messages_.Sent("b", Outcome::kSent, 99);
  for (int i = 2; i < 100; ++i) {
    Say(std::to_string(i), i == 99);
    EXPECT_THAT(messages_.TakeDue(), IsEmpty());
  }
  clock_.Advance(4s);
  EXPECT_EQ(TakeDue(), "99");
  EXPECT_EQ(messages_.unsent(), 1);
  messages_.Sent("b", Outcome::kSent, 99);
  EXPECT_EQ(messages_.unsent(), 0);
  clock_.Advance(1h);
  EXPECT_THAT(messages_.TakeDue(), IsEmpty());
}

TEST_F(ProgressMessagesTest, SayAtOnceWhatIsFinished) {
  Say("done", true);
  EXPECT_EQ(TakeDue(), "done");
}

TEST_F(ProgressMessagesTest, SayNothingMoreWhereTheMessageIsGone) {
  Say("done");
  clock_.Advance(1s);
  EXPECT_EQ(TakeDue(), "done");
  messages_.Sent("b", Outcome::kGone, 0);
  Say("more", true);
  clock_.Advance(1h);
  EXPECT_THAT(messages_.TakeDue(), IsEmpty());
  EXPECT_EQ(messages_.unsent(), 0);
}

TEST_F(ProgressMessagesTest, TryAgainWhatFailedSomeTimes) {
  Say("x", true);
  EXPECT_EQ(TakeDue(), "x");
  messages_.Sent("b", Outcome::kFailed, 0);
  EXPECT_EQ(TakeDue(), "");
  clock_.Advance(4s);
  EXPECT_EQ(TakeDue(), "x");
  messages_.Sent("b", Outcome::kFailed, 0);
  clock_.Advance(4s);
  EXPECT_EQ(TakeDue(), "");
  EXPECT_EQ(messages_.unsent(), 0);
}

TEST_F(ProgressMessagesTest, SendNothingThatIsSaidAlready) {
  Say("x");
  clock_.Advance(1s);
  EXPECT_EQ(TakeDue(), "x");
  messages_.Sent("b", Outcome::kSent, 99);
  Say("x", true);
  clock_.Advance(4s);
  EXPECT_EQ(TakeDue(), "");
}

TEST_F(ProgressMessagesTest, EditWhatAnEarlierProcessPosted) {
  messages_.Set(
      {.bundle = "b", .channel = 7, .asked = {}, .text = "x", .settled = true, .finished = true, .message = 5});
  clock_.Advance(1s);
  EXPECT_EQ(TakeDue(), "x");
  EXPECT_EQ(message_, 5);
}

}  // namespace
}  // namespace disruptor::music
