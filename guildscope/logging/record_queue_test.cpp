#include "guildscope/logging/record_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace guildscope::logging {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr auto kPatience = 30s;

/// A sink that can be held, as a terminal can.
struct Sink {
  void Write(std::string_view record) {
    writing.set_value();
    writing = {};
    const std::lock_guard held(hold);
    const std::lock_guard lock(mutex);
    written.emplace_back(record);
  }
  std::vector<std::string> All() {
    const std::lock_guard lock(mutex);
    return written;
  }
  std::promise<void> writing;
  std::mutex hold;
  std::mutex mutex;
  std::vector<std::string> written;  // guarded by mutex
};

class RecordQueueTest : public ::testing::Test {
 protected:
  std::unique_ptr<RecordQueue> MakeQueue(std::size_t max_records = 100) {
    return std::make_unique<RecordQueue>(
        RecordQueue::Parts{.max_records = max_records,
                           .max_bytes = 65'536,
                           .write = [sink = sink_](std::string_view record) { sink->Write(record); },
                           .drained = [](const LevelCounts&) {}});
  }
  static bool Push(RecordQueue& queue, Level level, std::string_view text) {
    return queue.Push(level, text.size(), [&](char* to) { std::memcpy(to, text.data(), text.size()); });
  }

  std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
};

TEST_F(RecordQueueTest, HasWrittenWhatWasPushedBeforeAFlush) {
  const auto queue = MakeQueue();
  EXPECT_TRUE(queue->Flush(kPatience));
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(Push(*queue, Level::kDebug, text));
  EXPECT_TRUE(queue->Flush(kPatience));
  EXPECT_THAT(sink_->All(), ElementsAre("a", "b", "c"));
}

TEST_F(RecordQueueTest, WritesByItself) {
  for (const Level level : {Level::kDebug, Level::kCritical}) {
    const auto queue = MakeQueue();
    sink_ = std::make_shared<Sink>();
    const auto another = MakeQueue();
    auto writing = sink_->writing.get_future();
    EXPECT_TRUE(Push(*another, level, "a"));
    EXPECT_EQ(writing.wait_for(kPatience), std::future_status::ready);
  }
}

TEST_F(RecordQueueTest, DropsDebugLinesBeforeErrorsAndCountsByLevel) {
  auto writing = sink_->writing.get_future();
  const std::unique_lock held(sink_->hold);
  const auto queue = MakeQueue(100);
  EXPECT_TRUE(Push(*queue, Level::kInfo, "the one that is being written"));
  ASSERT_EQ(writing.wait_for(kPatience), std::future_status::ready);
  for (int i = 0; i < 200; ++i) Push(*queue, Level::kDebug, "d");
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(Push(*queue, Level::kError, "e"));
  EXPECT_THAT(queue->dropped(), ElementsAre(200 - 49, 0, 0, 0, 0));
  EXPECT_FALSE(queue->Flush(1ms)) << "the sink takes nothing";
}

TEST_F(RecordQueueTest, WritesEverythingBeforeItCloses) {
  auto queue = MakeQueue();
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(Push(*queue, Level::kInfo, "x"));
  EXPECT_TRUE(queue->Close(kPatience));
  EXPECT_THAT(sink_->All(), SizeIs(40));
  EXPECT_FALSE(Push(*queue, Level::kCritical, "late"));
  EXPECT_THAT(queue->dropped(), ElementsAre(0, 0, 0, 0, 1));
  EXPECT_TRUE(queue->Close(kPatience));
}

TEST_F(RecordQueueTest, LeavesAHangingSinkAloneAndCountsWhatWaited) {
  auto writing = sink_->writing.get_future();
  std::unique_lock held(sink_->hold);
  auto queue = MakeQueue();
  EXPECT_TRUE(Push(*queue, Level::kWarning, "hangs"));
  ASSERT_EQ(writing.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(Push(*queue, Level::kDebug, "waits"));
  EXPECT_TRUE(Push(*queue, Level::kError, "waits"));
  EXPECT_FALSE(queue->Close(10ms));
  EXPECT_TRUE(queue->left_alone());
  EXPECT_THAT(queue->dropped(), ElementsAre(1, 0, 1, 1, 0));
  queue.reset();
  const std::weak_ptr<Sink> sink = sink_;
  held.unlock();
  sink_.reset();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!sink.expired() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(sink.expired()) << "the thread came back, and ended";
}

TEST_F(RecordQueueTest, DoesNotHangInAForkedChild) {
  auto queue = MakeQueue();
  const pid_t child = fork();
  if (child == 0) {
    Push(*queue, Level::kError, "by nobody");
    const bool flushed = queue->Flush(1h);
    const bool closed = queue->Close(1h);
    _exit(flushed || closed ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(queue->Close(kPatience));
  EXPECT_THAT(sink_->All(), IsEmpty());
}

}  // namespace
}  // namespace guildscope::logging
