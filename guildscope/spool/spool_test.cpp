#include "guildscope/spool/spool.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "guildscope/spool/spool_fixture.hpp"

namespace guildscope::spool {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(SpoolTest, GivesInOrderWhatWasPut) {
  Spool& spool = Start();
  EXPECT_EQ(spool.Put(0, {.items = 1, .bytes = "one"}), 1);
  EXPECT_EQ(spool.Put(1, {.items = 9, .bytes = "other lane"}), 1);
  EXPECT_EQ(spool.Put(0, {.items = 2, .bytes = "two"}), 2);
  EXPECT_EQ(spool.stats().lanes[0].items, 3);
  EXPECT_FALSE(spool.empty(0));
  EXPECT_THAT(Drain(0), ElementsAre("one", "two"));
  EXPECT_TRUE(spool.empty(0));
  EXPECT_THAT(Drain(1), ElementsAre("other lane"));
  EXPECT_EQ(spool.Put(0, {.items = 1, .bytes = "three"}), 3);
  EXPECT_THAT(Drain(0), ElementsAre("three"));
}

TEST_F(SpoolTest, KeepsOrderAcrossARestart) {
  for (int run = 0; run < 3; ++run) {
    Spool& spool = Start();
    for (int i = 0; i < 3; ++i) spool.Put(0, {.items = 1, .bytes = std::to_string(run * 3 + i)});
    Crash();
  }
  Start();
  EXPECT_THAT(Drain(), ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8"));
  EXPECT_EQ(found_[0], 9);
  EXPECT_TRUE(spool_->empty(0));
}

TEST_F(SpoolTest, DoesNotGiveAgainAfterARestartWhatWasSettled) {
  Spool& spool = Start();
  for (const char* text : {"one", "two", "three"}) spool.Put(0, {.items = 1, .bytes = text});
  ASSERT_EQ(spool.Front(0)->bytes, "one");
  ASSERT_TRUE(spool.Settle(0));
  Crash();
  Start();
  EXPECT_THAT(Drain(), ElementsAre("two", "three"));
  EXPECT_EQ(found_[0], 2);
  Crash();
  Start();
  EXPECT_THAT(Drain(), IsEmpty());
  EXPECT_EQ(found_[0], 0);
  EXPECT_THAT(Segments(), IsEmpty());
}

TEST_F(SpoolTest, GivesAReleasedRecordAgain) {
  Spool& spool = Start();
  spool.Put(0, {.items = 1, .bytes = "one"});
  spool.Put(0, {.items = 1, .bytes = "two"});
  EXPECT_FALSE(spool.Front(0)->attempted);
  EXPECT_TRUE(spool.Release(0, false));
  EXPECT_FALSE(spool.Front(0)->attempted);
  EXPECT_TRUE(spool.Release(0, true));
  EXPECT_TRUE(spool.Front(0)->attempted);
  EXPECT_TRUE(spool.Release(0, false));
  EXPECT_TRUE(spool.Front(0)->attempted);
  EXPECT_TRUE(spool.Release(0));
  EXPECT_THAT(Drain(), ElementsAre("one", "two"));
}

TEST_F(SpoolTest, KnowsAfterARestartWhatMayHaveArrived) {
  Spool& spool = Start();
  spool.Put(0, {.items = 1, .bytes = "one"});
  spool.Put(0, {.items = 1, .bytes = "two"});
  ASSERT_TRUE(spool.Front(0));
  Crash();
  Start();
  EXPECT_TRUE(spool_->Front(0)->attempted);
  ASSERT_TRUE(spool_->Settle(0));
  EXPECT_FALSE(spool_->Front(0)->attempted);
}

TEST_F(SpoolTest, ARecordThatWasBusyBeforeItCameIsSettledLikeAnother) {
  Spool& spool = Start();
  spool.Put(0, {.items = 1, .bytes = "sent", .attempted = true, .front = true});
  spool.Put(0, {.items = 1, .bytes = "waits"});
  EXPECT_TRUE(spool.Settle(0));
  EXPECT_THAT(Drain(), ElementsAre("waits"));
  spool.Put(0, {.items = 1, .bytes = "sent", .attempted = true, .front = true});
  EXPECT_TRUE(spool.Release(0));
  Crash();
  Start();
  EXPECT_TRUE(spool_->Front(0)->attempted);
}

TEST_F(SpoolTest, MakesRoomByDroppingTheOldestSegmentOfAnyLane) {
  Spool& spool = Start();
  const std::string text(10'000, 'x');
  for (int i = 0; i < 500; ++i) {
    spool.Put(i % 2, {.items = 3, .bytes = text});
    ASSERT_LE(spool.stats().bytes, options_.max_bytes);
  }
  EXPECT_GT(spool.stats().bytes, options_.max_bytes - 2 * SegmentBytes(options_.max_bytes));
  for (const std::size_t lane : {0, 1}) {
    const std::size_t given = Drain(lane).size();
    EXPECT_GT(given, 30);
    EXPECT_EQ(lost(Lost::kLimit, lane) + 3 * given, 750);
    EXPECT_EQ(lost(Lost::kDamaged, lane), 0);
  }
  EXPECT_GT(spool.stats().lanes[0].lost_bytes, 1'000'000);
}

TEST_F(SpoolTest, TellsWhetherARecordThatMadeRoomWasBusy) {
  Spool& spool = Start();
  const std::string text(10'000, 'x');
  spool.Put(0, {.items = 7, .bytes = text});
  spool.Put(0, {.items = 1, .bytes = text});
  ASSERT_TRUE(spool.Front(0));
  for (int i = 0; i < 200; ++i) spool.Put(1, {.items = 1, .bytes = text});
  EXPECT_EQ(lost(Lost::kLimit), 1);
  EXPECT_FALSE(spool.Settle(0));
  EXPECT_THAT(Drain(0), IsEmpty());
}

TEST_F(SpoolTest, RefusesARecordThatIsLongerThanItsLimit) {
  Spool& spool = Start();
  spool.Put(0, {.items = 1, .bytes = "kept"});
  EXPECT_EQ(spool.Put(0, {.items = 1, .bytes = std::string(options_.max_bytes, 'x')}), 0);
  EXPECT_NE(spool.Put(0, {.items = 1, .bytes = std::string(options_.max_bytes / 2, 'x')}), 0);
  EXPECT_EQ(Drain().size(), 2);
}

TEST_F(SpoolTest, GivesBackTheRoomOfWhatWasRead) {
  Spool& spool = Start();
  for (int i = 0; i < 60; ++i) spool.Put(0, {.items = 1, .bytes = std::string(10'000, 'x')});
  EXPECT_GT(spool.stats().bytes, 600'000);
  EXPECT_EQ(Drain().size(), 60);
  EXPECT_LE(spool.stats().bytes, 64 * 1024);  // of a file that takes more
  EXPECT_LE(Segments().size(), 1);
}

TEST_F(SpoolTest, LetsOneProcessAtATimeUseAFolderAndTheNextTakeItOver) {
  Spool& spool = Start();
  spool.Put(0, {.items = 1, .bytes = "from the first"});
  Spool second(options_, {"a", "b"}, clock_);
  EXPECT_FALSE(second.Open());
  EXPECT_EQ(second.Put(0, {.items = 1, .bytes = "x"}), 0);
  EXPECT_EQ(second.stats().problem, "is used by another process, " + std::to_string(getpid()));
  spool_.reset();
  EXPECT_FALSE(second.Open());  // it does not look again each time
  clock_.Advance(options_.open_again_after);
  EXPECT_TRUE(second.Open());
  EXPECT_EQ(second.Front(0)->bytes, "from the first");
}

TEST_F(SpoolTest, ItsFilesAreItsOwnersAlone) {
  Start().Put(0, {.items = 1, .bytes = "secret"});
  struct stat status{};
  ASSERT_EQ(stat(options_.directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700);
  for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600) << entry.path();
  }
}

TEST_F(SpoolTest, CompressesAndGivesBackWhatWasPut) {
  options_.compress = true;
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "number " + std::to_string(i);
  Spool& spool = Start();
  spool.Put(0, {.items = 1, .bytes = text});
  spool.Put(0, {.items = 1, .bytes = ""});
  EXPECT_LT(spool.stats().bytes, text.size() / 2);
  EXPECT_THAT(Drain(), ElementsAre(text, ""));
}

TEST_F(SpoolTest, TellsTheAgeOfTheOldest) {
  Spool& spool = Start();
  EXPECT_FALSE(spool.stats().lanes[0].oldest);
  const auto first = clock_.Now();
  spool.Put(0, {.items = 1, .bytes = "one"});
  clock_.Advance(5s);
  spool.Put(0, {.items = 1, .bytes = "two"});
  EXPECT_EQ(spool.stats().lanes[0].oldest, first);
  ASSERT_TRUE(spool.Front(0));
  spool.Settle(0);
  ASSERT_TRUE(spool.Front(0));
  EXPECT_EQ(spool.stats().lanes[0].oldest, first + 5s);
  Crash();
  Start().Open();
  EXPECT_TRUE(spool_->stats().lanes[0].oldest);
}

TEST_F(SpoolTest, ServesManyThreads) {
  options_.fsync = Fsync::kInterval;
  options_.sync_interval = 0ms;
  Spool& spool = Start();
  constexpr int kEach = 2'000;
  std::atomic<int> given{0};
  std::vector<std::thread> threads;
  for (const std::size_t lane : {0, 1}) {
    threads.emplace_back([&spool, lane] {
      for (int i = 0; i < kEach; ++i) spool.Put(lane, {.items = 1, .bytes = std::to_string(i)});
    });
    threads.emplace_back([&spool, &given, lane] {
      for (int next = 0; next < kEach;) {
        const auto record = spool.Front(lane);
        if (!record) {
          std::this_thread::yield();
          continue;
        }
        EXPECT_EQ(record->bytes, std::to_string(next++));
        EXPECT_TRUE(spool.Settle(lane));
        given.fetch_add(1);
      }
    });
  }
  threads.emplace_back([&] {
    while (given.load() < 2 * kEach) {
      spool.SyncWhenDue();
      (void)spool.stats();
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(spool.stats().write_errors, 0) << spool.stats().problem;
}

}  // namespace
}  // namespace guildscope::spool
