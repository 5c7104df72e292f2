#include "guildscope/export/batch_pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>
#include <vector>

namespace guildscope::exporting {
namespace {

using namespace std::chrono_literals;
using Outcome = Reply::Outcome;

class Number final : public Item {};

class CountingEncoder final : public Encoder {
 public:
  Request Encode(const Items& items) override { return {"request", items.size()}; }
};

/// A collector that the test opens and closes. Shared by the test and the transport, which may outlive the test.
struct Collector {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = true;                      // guarded by mutex; else Send waits
  bool ignores_cancel = false;           // guarded by mutex
  bool cancelled = false;                // guarded by mutex
  Outcome outcome = Outcome::kAccepted;  // guarded by mutex
  std::vector<std::size_t> requests;     // guarded by mutex; items of each
  std::size_t waiting = 0;               // guarded by mutex

  template <typename Change>
  void With(Change change) {
    {
      const std::lock_guard lock(mutex);
      change(*this);
    }
    changed.notify_all();
  }

  void WaitUntilASendHangs() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return waiting > 0; });
  }
};

class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(std::shared_ptr<Collector> collector) : collector_(std::move(collector)) {}

  Reply Send(const Request& request, std::chrono::steady_clock::time_point) noexcept override {
    Collector& c = *collector_;
    std::unique_lock lock(c.mutex);
    ++c.waiting;
    c.changed.notify_all();
    c.changed.wait(lock, [&] { return c.open || (c.cancelled && !c.ignores_cancel); });
    --c.waiting;
    if (!c.open) return {.outcome = Outcome::kCancelled, .rejected = 0, .detail = "cancelled", .retry_after = {}};
    c.requests.push_back(request.items);
    const std::uint64_t rejected = c.outcome == Outcome::kAccepted ? rejected_ : 0;
    return {.outcome = c.outcome, .rejected = rejected, .detail = "answer", .retry_after = {}};
  }
  void Cancel() noexcept override {
    collector_->With([](Collector& c) { c.cancelled = true; });
  }
  const std::string& destination() const noexcept override { return destination_; }

  std::uint64_t rejected_ = 0;

 private:
  std::shared_ptr<Collector> collector_;
  std::string destination_ = "a test";
};

class BatchPipelineTest : public ::testing::Test {
 protected:
  void Make(config::BatchOptions batch, std::uint64_t rejected = 0) {
    auto transport = std::make_unique<FakeTransport>(collector_);
    transport->rejected_ = rejected;
    BatchPipeline::Parts parts;
    parts.batch = batch;
    parts.encoder = std::make_unique<CountingEncoder>();
    parts.delivery = std::make_unique<Delivery>(std::move(transport), RetryPolicy{});
    parts.account = account_;
    pipeline_ = std::make_unique<BatchPipeline>(std::move(parts));
  }

  void Push(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) pipeline_->Push(std::make_unique<Number>());
  }

  std::shared_ptr<Collector> collector_ = std::make_shared<Collector>();
  std::shared_ptr<Account> account_ = std::make_shared<Account>();
  std::unique_ptr<BatchPipeline> pipeline_;
};

constexpr config::BatchOptions kNeverDue{
    .max_queue_size = 100, .max_export_batch_size = 10, .schedule_delay = 1h, .export_timeout = 30s};

TEST_F(BatchPipelineTest, SendsABatchAsSoonAsItIsFull) {
  Make(kNeverDue);
  Push(10);
  std::unique_lock lock(collector_->mutex);
  EXPECT_TRUE(collector_->changed.wait_for(lock, 60s,
                                           [&] { return collector_->waiting > 0 || !collector_->requests.empty(); }));
}

TEST_F(BatchPipelineTest, SendsAnUnfinishedBatchAfterTheDelay) {
  config::BatchOptions batch = kNeverDue;
  batch.schedule_delay = 1ms;
  Make(batch);
  Push(3);
  std::unique_lock lock(collector_->mutex);
  EXPECT_TRUE(collector_->changed.wait_for(lock, 60s,
                                           [&] { return collector_->waiting > 0 || !collector_->requests.empty(); }));
}

TEST_F(BatchPipelineTest, FlushSendsWhatWasPushedBefore) {
  Make(kNeverDue);
  Push(25);
  EXPECT_TRUE(pipeline_->Flush(60s));
  EXPECT_EQ(account_->delivered(), 25);
  EXPECT_THAT(collector_->requests, ::testing::Each(::testing::Le(10)));
  EXPECT_TRUE(pipeline_->Flush(60s)) << "nothing to send";
}

TEST_F(BatchPipelineTest, FlushSaysWhenItWasNotAllDelivered) {
  collector_->outcome = Outcome::kRefused;
  Make(kNeverDue);
  Push(5);
  EXPECT_FALSE(pipeline_->Flush(60s));
  EXPECT_EQ(account_->failed(Loss::kExportFailed), 5);
  EXPECT_EQ(account_->lost(), 5);
}

TEST_F(BatchPipelineTest, FlushReturnsWithinItsLimit) {
  collector_->open = false;
  Make(kNeverDue);
  Push(5);
  EXPECT_FALSE(pipeline_->Flush(1ms));
  collector_->With([](Collector& c) { c.open = true; });
}

TEST_F(BatchPipelineTest, DropsAndCountsWhatDoesNotFit) {
  collector_->open = false;
  Make(kNeverDue);
  Push(10);
  collector_->WaitUntilASendHangs();
  Push(107);
  EXPECT_EQ(account_->not_submitted(Loss::kQueueFull), 7);
  EXPECT_EQ(pipeline_->queue_size(), 100);
  collector_->With([](Collector& c) { c.open = true; });
  EXPECT_TRUE(pipeline_->Flush(60s));
  EXPECT_EQ(account_->delivered(), 110);
}

TEST_F(BatchPipelineTest, CountsWhatAPartialSuccessRejected) {
  Make(kNeverDue, 2);
  Push(10);
  pipeline_->Flush(60s);
  EXPECT_EQ(account_->delivered(), 8);
  EXPECT_EQ(account_->failed(Loss::kRejected), 2);
}

TEST_F(BatchPipelineTest, ShutdownSendsWhatIsLeft) {
  Make(kNeverDue);
  Push(7);
  EXPECT_TRUE(pipeline_->Shutdown(60s));
  EXPECT_EQ(account_->delivered(), 7);
  EXPECT_TRUE(pipeline_->Shutdown(60s));
}

TEST_F(BatchPipelineTest, CountsWhatIsPushedAfterTheShutdown) {
  Make(kNeverDue);
  pipeline_->Shutdown(60s);
  Push(4);
  EXPECT_EQ(account_->not_submitted(Loss::kShutdown), 4);
}

TEST_F(BatchPipelineTest, AShutdownThatIsOutOfTimeCountsEverything) {
  collector_->open = false;
  Make(kNeverDue);
  Push(35);
  collector_->WaitUntilASendHangs();
  EXPECT_FALSE(pipeline_->Shutdown(100ms));
  EXPECT_EQ(account_->delivered(), 0);
  EXPECT_EQ(account_->lost(Loss::kShutdown), 35);
  EXPECT_EQ(account_->lost(), 35);
}

TEST_F(BatchPipelineTest, LeavesAThreadThatHangsAloneAndCountsWhatItHeld) {
  collector_->open = false;
  collector_->ignores_cancel = true;
  Make(kNeverDue);
  Push(35);
  collector_->WaitUntilASendHangs();
  EXPECT_FALSE(pipeline_->Shutdown(100ms));
  EXPECT_EQ(account_->lost(Loss::kShutdown), 35);
  Push(1);
  EXPECT_EQ(account_->lost(Loss::kShutdown), 36);
  pipeline_.reset();
  // The thread comes back to a pipeline that is gone: nothing is counted twice, nothing is touched that was freed.
  collector_->With([](Collector& c) { c.open = true; });
  while (account_.use_count() > 1) std::this_thread::yield();
  EXPECT_EQ(account_->lost() + account_->delivered(), 36);
}

TEST_F(BatchPipelineTest, EveryItemOfManyThreadsIsDeliveredOrCounted) {
  config::BatchOptions batch{
      .max_queue_size = 16, .max_export_batch_size = 4, .schedule_delay = 1ms, .export_timeout = 30s};
  Make(batch);
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kEach = 5000;
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> recorded{0};
  for (std::uint64_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, &recorded] {
      for (std::uint64_t n = 0; n < kEach; ++n) {
        pipeline_->Push(std::make_unique<Number>());
        recorded.fetch_add(1);
      }
    });
  }
  while (recorded.load() < kThreads * kEach / 2) std::this_thread::yield();
  pipeline_->Shutdown(60s);  // while the threads go on
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(account_->delivered() + account_->lost(), kThreads * kEach);
  EXPECT_EQ(account_->in_flight(), 0);
  EXPECT_EQ(pipeline_->queue_size(), 0);
}

TEST_F(BatchPipelineTest, LosesNothingOfThreadsThatPushWhileItShutsDown) {
  constexpr std::uint64_t kThreads = 3;
  for (int round = 0; round < 100; ++round) {
    account_ = std::make_shared<Account>();
    Make(kNeverDue);
    std::atomic<std::uint64_t> pushed{0};
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        while (!stop.load()) {
          pipeline_->Push(std::make_unique<Number>());
          pushed.fetch_add(1);
        }
      });
    }
    while (pushed.load() < kThreads) std::this_thread::yield();
    pipeline_->Shutdown(60s);
    stop.store(true);
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(account_->delivered() + account_->lost(), pushed.load());
    ASSERT_EQ(pipeline_->queue_size(), 0);
  }
}

}  // namespace
}  // namespace guildscope::exporting
