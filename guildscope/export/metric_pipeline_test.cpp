#include "guildscope/export/metric_pipeline.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace guildscope::exporting {
namespace {

using namespace std::chrono_literals;
using Outcome = Reply::Outcome;

/// A collector that can be made to hang. Shared by the test and the transport, which may outlive the test.
struct Collector {
  std::mutex mutex;
  std::condition_variable changed;
  Outcome outcome = Outcome::kAccepted;  // guarded by mutex
  bool hangs = false;                    // guarded by mutex; deaf to Cancel
  std::uint64_t requests = 0;            // guarded by mutex

  template <typename Change>
  void With(Change change) {
    {
      const std::lock_guard lock(mutex);
      change(*this);
    }
    changed.notify_all();
  }
  void WaitForRequests(std::uint64_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return requests >= count; });
  }
};

class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(std::shared_ptr<Collector> collector) : collector_(std::move(collector)) {}
  Reply Send(const Request&, std::chrono::steady_clock::time_point) noexcept override {
    std::unique_lock lock(collector_->mutex);
    ++collector_->requests;
    collector_->changed.notify_all();
    collector_->changed.wait(lock, [this] { return !collector_->hangs; });
    return {.outcome = collector_->outcome};
  }
  void Cancel() noexcept override {}
  const std::string& destination() const noexcept override { return destination_; }

 private:
  const std::shared_ptr<Collector> collector_;
  const std::string destination_ = "a test";
};

class MetricPipelineTest : public ::testing::Test {
 protected:
  void Make(std::chrono::milliseconds interval) {
    MetricPipeline::Parts parts;
    parts.interval = interval;
    parts.collect = [this] {
      ++collections_;
      return std::vector<Request>{{"points", 5}};
    };
    parts.delivery = std::make_unique<Delivery>(std::make_unique<FakeTransport>(collector_));
    parts.account = account_;
    pipeline_ = std::make_unique<MetricPipeline>(std::move(parts));
  }

  std::shared_ptr<Collector> collector_ = std::make_shared<Collector>();
  std::shared_ptr<Account> account_ = std::make_shared<Account>();
  std::atomic<int> collections_{0};
  std::unique_ptr<MetricPipeline> pipeline_;
};

TEST_F(MetricPipelineTest, CollectsEachInterval) {
  Make(1ms);
  collector_->WaitForRequests(3);
}

TEST_F(MetricPipelineTest, FlushCollectsNowAndTellsWhetherItArrived) {
  Make(1h);
  EXPECT_TRUE(pipeline_->Flush(60s));
  EXPECT_EQ(account_->delivered(), 5);
  collector_->With([](Collector& c) { c.outcome = Outcome::kRefused; });
  EXPECT_FALSE(pipeline_->Flush(60s));
  EXPECT_EQ(account_->failed(Loss::kExportFailed), 5);
}

TEST_F(MetricPipelineTest, ShutdownCollectsOnceMore) {
  Make(1h);
  EXPECT_TRUE(pipeline_->Shutdown(60s));
  EXPECT_EQ(collections_.load(), 1);
  EXPECT_EQ(account_->delivered(), 5);
  EXPECT_TRUE(pipeline_->Shutdown(60s));
  EXPECT_EQ(collections_.load(), 1);
}

TEST_F(MetricPipelineTest, AThreadThatWasLeftAloneDoesNotCollectAgain) {
  collector_->With([](Collector& c) { c.hangs = true; });
  Make(1ms);
  collector_->WaitForRequests(1);
  EXPECT_FALSE(pipeline_->Shutdown(100ms));
  EXPECT_EQ(account_->lost(Loss::kShutdown), 5);
  pipeline_.reset();
  collector_->With([](Collector& c) { c.hangs = false; });
  while (account_.use_count() > 1) std::this_thread::yield();
  EXPECT_EQ(collections_.load(), 1);
  EXPECT_EQ(account_->lost() + account_->delivered(), 5);
}

TEST_F(MetricPipelineTest, SendsEachRequestOfACollectionAndSaysWhatBecameOfIt) {
  std::vector<std::pair<std::size_t, bool>> settled;
  MetricPipeline::Parts parts;
  parts.interval = 1h;
  parts.collect = [] { return std::vector<Request>{{"first", 5}, {"second", 3}}; };
  parts.settle = [&](std::size_t request, bool delivered) {
    settled.emplace_back(request, delivered);
    collector_->With([](Collector& c) { c.outcome = Outcome::kAccepted; });
  };
  parts.delivery = std::make_unique<Delivery>(std::make_unique<FakeTransport>(collector_));
  parts.account = account_;
  collector_->With([](Collector& c) { c.outcome = Outcome::kRefused; });
  MetricPipeline pipeline(std::move(parts));
  EXPECT_FALSE(pipeline.Flush(60s)) << "one of the two was refused";
  EXPECT_EQ(account_->failed(Loss::kExportFailed), 5);
  EXPECT_EQ(account_->delivered(), 3);
  EXPECT_EQ(settled, (std::vector<std::pair<std::size_t, bool>>{{0, false}, {1, true}}));
  EXPECT_TRUE(pipeline.Flush(60s));
  pipeline.Shutdown(60s);
}

TEST_F(MetricPipelineTest, ACollectionThatThrowsIsSaidAndNoEnd) {
  MetricPipeline::Parts parts;
  parts.interval = 1h;
  parts.collect = [this]() -> std::vector<Request> {
    if (++collections_ == 1) throw std::runtime_error("no memory");
    return {{"points", 5}};
  };
  parts.delivery = std::make_unique<Delivery>(std::make_unique<FakeTransport>(collector_));
  parts.account = account_;
  std::vector<std::string> errors;
  parts.on_collect = [&errors](auto, std::string_view error_type) { errors.emplace_back(error_type); };
  MetricPipeline pipeline(std::move(parts));
  EXPECT_FALSE(pipeline.Flush(60s));
  EXPECT_TRUE(pipeline.Flush(60s));
  pipeline.Shutdown(60s);
  EXPECT_EQ(errors, (std::vector<std::string>{"std::runtime_error", "", ""}));
}

}  // namespace
}  // namespace guildscope::exporting
