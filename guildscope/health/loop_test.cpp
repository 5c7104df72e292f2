#include "guildscope/health/loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "guildscope/health/health.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::health {
namespace {

using namespace std::chrono_literals;

class LoopTest : public ::testing::Test {
 protected:
  LoopStatus Status() const { return health_.Loops().at(0).status; }

  guildscope::testing::FakeClock clock_;
  Health health_{{}, clock_};
};

TEST_F(LoopTest, IsStalledOnceItsWindowHasPassedWithoutABeat) {
  Loop loop = health_.RegisterLoop("cleanup_players");
  clock_.Advance(300s);
  EXPECT_EQ(Status(), LoopStatus::kOk);
  clock_.Advance(1ns);
  EXPECT_EQ(Status(), LoopStatus::kStalled);
  loop.Beat();
  EXPECT_EQ(Status(), LoopStatus::kOk);
}

TEST_F(LoopTest, HasAWindowOfItsOwn) {
  Loop loop = health_.RegisterLoop("cache_cleanup", {.stale_after = 1h});
  clock_.Advance(59min);
  EXPECT_EQ(Status(), LoopStatus::kOk);
  clock_.Advance(2min);
  EXPECT_EQ(Status(), LoopStatus::kStalled);
}

TEST_F(LoopTest, IsHealthyWhileItWaitsAndStalledWhenStuckOnOneItem) {
  Loop loop = health_.RegisterLoop("download_files");
  {
    const auto waiting = loop.Wait();
    clock_.Advance(24h);
    EXPECT_EQ(Status(), LoopStatus::kOk);
  }
  EXPECT_EQ(Status(), LoopStatus::kOk) << "an item that has just come has its whole window";
  clock_.Advance(301s);
  EXPECT_EQ(Status(), LoopStatus::kStalled);
}

TEST_F(LoopTest, CountsTheTimeOfFailuresAcrossWaits) {
  Loop loop = health_.RegisterLoop("youtube_search");
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(80s);
    loop.Fail();
    EXPECT_EQ(Status(), i < 3 ? LoopStatus::kOk : LoopStatus::kStalled) << i;
    const auto waiting = loop.Wait();
    clock_.Advance(1h);
    EXPECT_EQ(Status(), LoopStatus::kOk) << "an empty queue is healthy";
  }
  EXPECT_EQ(health_.Loops()[0].failures, 4);
  loop.Beat();
  EXPECT_EQ(Status(), LoopStatus::kOk);
  EXPECT_EQ(health_.Loops()[0].failures, 0);
}

TEST_F(LoopTest, DoesNotStallForFailuresAlone) {
  Loop loop = health_.RegisterLoop("send_messages");
  for (int i = 0; i < 1000; ++i) loop.Fail();
  EXPECT_EQ(Status(), LoopStatus::kOk);
}

TEST_F(LoopTest, StaysStoppedWhenItStoppedOnPurpose) {
  Loop loop = health_.RegisterLoop("post_play_processing");
  loop.Stop();
  clock_.Advance(1h);
  EXPECT_EQ(Status(), LoopStatus::kStopped);
}

TEST_F(LoopTest, IsForgottenWithItsHandle) {
  std::optional<Loop> first = health_.RegisterLoop("first");
  Loop second = health_.RegisterLoop("second");
  Loop moved = std::move(*first);
  first.reset();
  EXPECT_EQ(health_.Loops().size(), 2) << "the handle has only moved";
  moved = Loop();
  ASSERT_EQ(health_.Loops().size(), 1);
  EXPECT_EQ(health_.Loops()[0].name, "second");
}

TEST_F(LoopTest, IsAsBadAsTheWorstOfItsName) {
  Loop busy = health_.RegisterLoop("worker");
  Loop stuck = health_.RegisterLoop("worker");
  Loop over = health_.RegisterLoop("worker");
  over.Stop();
  EXPECT_EQ(Status(), LoopStatus::kOk);
  clock_.Advance(301s);
  busy.Beat();
  EXPECT_EQ(health_.Loops().size(), 1);
  EXPECT_EQ(Status(), LoopStatus::kStalled);
  stuck.Stop();
  busy.Stop();
  EXPECT_EQ(Status(), LoopStatus::kStopped);
}

TEST_F(LoopTest, NeedsANameAndAWindow) {
  EXPECT_THROW(static_cast<void>(health_.RegisterLoop("")), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(health_.RegisterLoop("loop", {.stale_after = 0s})), std::invalid_argument);
}

TEST(Loop, WithoutHealthWatchesNothing) {
  Loop loop;
  loop.Beat();
  loop.Fail();
  loop.Stop();
  const auto waiting = loop.Wait();
}

}  // namespace
}  // namespace guildscope::health
