#include "guildscope/export/spooled_delivery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <vector>

namespace guildscope::exporting {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Outcome = Reply::Outcome;
using SteadyClock = std::chrono::steady_clock;
constexpr auto kPatience = 30s;  // of the tests, with a busy machine

/// A collector that the test switches: what it answers, and whether it answers at all.
class Collector {
 public:
  void Answer(Outcome outcome, bool may_have_arrived = false) {
    const std::lock_guard lock(mutex_);
    outcome_ = outcome;
    may_have_arrived_ = may_have_arrived;
    answers_ = true;
    changed_.notify_all();
  }
  void FallSilent() {
    const std::lock_guard lock(mutex_);
    answers_ = false;
  }
  void RejectOfEach(std::uint64_t items) { rejected_ = items; }
  void AskToWait(std::chrono::milliseconds wait) { retry_after_ = wait; }

  [[nodiscard]] std::vector<std::string> taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  [[nodiscard]] int attempts() {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }
  [[nodiscard]] bool WaitFor(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }
  [[nodiscard]] bool WaitForAttempts(int attempts) {
    return WaitFor([&] { return attempts_ >= attempts; });
  }

  Reply Take(const Request& request, SteadyClock::time_point deadline) {
    std::unique_lock lock(mutex_);
    ++attempts_;
    changed_.notify_all();
    const bool answered = changed_.wait_until(lock, deadline, [this] { return answers_ || cancelled_; });
    Reply reply;
    reply.detail = "answer";
    reply.outcome = cancelled_ ? Outcome::kCancelled : answered ? outcome_ : Outcome::kTimeout;
    reply.may_have_arrived = may_have_arrived_ || !answered;
    reply.retry_after = retry_after_;
    if (reply.outcome == Outcome::kAccepted) {
      taken_.push_back(request.bytes);
      reply.rejected = rejected_;
    }
    return reply;
  }
  void Revive() {
    const std::lock_guard lock(mutex_);
    cancelled_ = false;
  }
  void Cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Outcome outcome_ = Outcome::kAccepted;
  bool may_have_arrived_ = false;
  bool answers_ = true;
  bool cancelled_ = false;
  std::uint64_t rejected_ = 0;
  std::optional<std::chrono::milliseconds> retry_after_;
  int attempts_ = 0;
  std::vector<std::string> taken_;
};

class CollectorTransport final : public Transport {
 public:
  explicit CollectorTransport(std::shared_ptr<Collector> collector) : collector_(std::move(collector)) {}
  Reply Send(const Request& request, SteadyClock::time_point deadline) noexcept override {
    return collector_->Take(request, deadline);
  }
  void Cancel() noexcept override { collector_->Cancel(); }
  const std::string& destination() const noexcept override { return destination_; }

 private:
  const std::shared_ptr<Collector> collector_;
  const std::string destination_ = "nowhere";
};

class SpooledDeliveryTest : public ::testing::Test {
 protected:
  SpooledDeliveryTest() {
    std::string pattern = ::testing::TempDir() + "spooled_XXXXXX";
    root_ = mkdtemp(pattern.data());
    spool_options_.directory = (root_ / "spool").string();
    spool_options_.open_again_after = 1ms;
  }
  ~SpooledDeliveryTest() override {
    delivery_.reset();
    spool_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  /// The next process.
  void Start(bool write_ahead = false) {
    delivery_.reset();
    collector_ = std::make_shared<Collector>();
    Restart(write_ahead);
  }
  void Restart(bool write_ahead = false) {
    delivery_.reset();
    spool_.reset();
    collector_->Revive();
    account_ = std::make_shared<Account>();
    spool_ = std::make_shared<spool::Spool>(spool_options_, std::vector<std::string>{"traces"});
    SpooledDelivery::Parts parts;
    parts.transport = std::make_shared<CollectorTransport>(collector_);
    parts.spool = spool_;
    parts.account = account_;
    parts.policy = policy_;
    parts.waits = {.first = 10ms, .longest = 20ms};
    parts.write_ahead = write_ahead;
    parts.patience = patience_;
    delivery_ = std::make_unique<SpooledDelivery>(std::move(parts));
  }

  /// As the pipelines do.
  Verdict Deliver(const std::string& bytes, std::size_t items = 3) {
    account_->Submitted(items);
    Verdict verdict = delivery_->Deliver({.bytes = bytes, .items = items});
    if (verdict.spooled) return verdict;
    if (verdict.loss) {
      account_->Failed(*verdict.loss, items);
    } else {
      account_->Failed(Loss::kRejected, verdict.rejected);
      account_->Delivered(items - verdict.rejected);
    }
    return verdict;
  }

  void ExpectClosedBooks() {
    EXPECT_EQ(account_->submitted() + account_->inherited(),
              account_->delivered() + account_->lost() + account_->spooled());
    EXPECT_EQ(account_->in_flight(), 0);
  }

  std::filesystem::path root_;
  spool::Options spool_options_;
  RetryPolicy policy_;
  std::chrono::milliseconds patience_ = kPatience;
  std::shared_ptr<Collector> collector_ = std::make_shared<Collector>();
  std::shared_ptr<Account> account_;
  std::shared_ptr<spool::Spool> spool_;
  std::unique_ptr<SpooledDelivery> delivery_;
};

TEST_F(SpooledDeliveryTest, WritesNothingWhileTheCollectorIsWell) {
  Start();
  for (const char* text : {"1", "2", "3"}) EXPECT_FALSE(Deliver(text).spooled);
  EXPECT_THAT(collector_->taken(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(spool_->stats().lanes[0].written_items, 0);
  EXPECT_EQ(account_->delivered(), 9);
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, KeepsWhatFailsAndSendsItInOrderWhenTheCollectorIsBack) {
  Start();
  collector_->Answer(Outcome::kRetry);
  for (const char* text : {"1", "2", "3"}) {
    const Verdict verdict = Deliver(text);
    EXPECT_TRUE(verdict.spooled);
    EXPECT_FALSE(verdict.loss);
  }
  EXPECT_EQ(account_->spooled(), 9);
  EXPECT_FALSE(delivery_->WaitUntilSent(0ms));
  collector_->Answer(Outcome::kAccepted);
  ASSERT_TRUE(delivery_->WaitUntilSent(kPatience));
  EXPECT_FALSE(Deliver("4").spooled);
  EXPECT_THAT(collector_->taken(), ElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(account_->delivered(), 12);
  EXPECT_EQ(account_->replayed(), 9);
  EXPECT_EQ(account_->resent(), 0);
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, NeverWaitsForACollectorThatFailed) {
  Start();
  collector_->Answer(Outcome::kRetry);
  collector_->AskToWait(1h);
  EXPECT_EQ(Deliver("1").detail, "answer");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Deliver("more").spooled);
  EXPECT_EQ(collector_->attempts(), 1);
}

TEST_F(SpooledDeliveryTest, WaitsOnlyAMomentForACollectorThatIsSilent) {
  patience_ = 20ms;
  policy_.attempt_timeout = kPatience;
  Start();
  collector_->FallSilent();
  EXPECT_TRUE(Deliver("1").spooled);
  EXPECT_TRUE(Deliver("2").spooled);
  EXPECT_EQ(account_->spooled(), 6);
  // The first attempt goes on, and what it brings counts.
  collector_->Answer(Outcome::kAccepted);
  ASSERT_TRUE(delivery_->WaitUntilSent(kPatience));
  EXPECT_THAT(collector_->taken(), ElementsAre("1", "2"));
  EXPECT_EQ(collector_->attempts(), 2);
  EXPECT_EQ(account_->resent(), 0);
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, SendsFirstWhatAnEarlierRunLeftBehind) {
  Start();
  collector_->Answer(Outcome::kRetry);
  for (const char* text : {"1", "2"}) Deliver(text);
  delivery_.reset();
  collector_ = std::make_shared<Collector>();
  collector_->FallSilent();
  Restart();
  ASSERT_TRUE(collector_->WaitForAttempts(1));
  EXPECT_EQ(account_->inherited(), 6);
  EXPECT_EQ(account_->spooled(), 6);
  const auto start = SteadyClock::now();
  EXPECT_TRUE(Deliver("3").spooled);
  EXPECT_LT(SteadyClock::now() - start, kPatience / 3);  // it did not wait for its turn
  collector_->Answer(Outcome::kAccepted);
  ASSERT_TRUE(delivery_->WaitUntilSent(kPatience));
  EXPECT_THAT(collector_->taken(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(account_->delivered(), 9);
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, CountsWhatMayHaveArrivedTwice) {
  Start();
  collector_->Answer(Outcome::kTimeout, true);
  Deliver("1", 5);
  Deliver("2", 7);
  collector_->Answer(Outcome::kAccepted);
  ASSERT_TRUE(delivery_->WaitUntilSent(kPatience));
  EXPECT_EQ(account_->delivered(), 12);
  EXPECT_EQ(account_->resent(), 5);
}

TEST_F(SpooledDeliveryTest, LosesAndCountsWhatIsRefusedForGood) {
  Start();
  collector_->Answer(Outcome::kRetry);
  Deliver("1");
  Deliver("2");
  collector_->Answer(Outcome::kRefused);
  ASSERT_TRUE(delivery_->WaitUntilSent(kPatience));
  EXPECT_EQ(Deliver("3").loss, Loss::kExportFailed);
  EXPECT_EQ(account_->failed(Loss::kExportFailed), 9);
  EXPECT_THAT(collector_->taken(), IsEmpty());
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, CountsWhatAPartialSuccessRejected) {
  Start();
  collector_->Answer(Outcome::kRetry);
  Deliver("1");
  collector_->RejectOfEach(2);
  collector_->Answer(Outcome::kAccepted);
  ASSERT_TRUE(delivery_->WaitUntilSent(kPatience));
  EXPECT_EQ(Deliver("2").rejected, 2);
  EXPECT_EQ(account_->failed(Loss::kRejected), 4);
  EXPECT_EQ(account_->delivered(), 2);
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, CountsWhatMadeRoomAtTheLimit) {
  spool_options_.max_bytes = 1024 * 1024;
  spool_options_.compress = false;
  Start();
  collector_->Answer(Outcome::kRetry);
  collector_->AskToWait(1h);
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(Deliver(std::string(10'000, 'x')).spooled);
  EXPECT_GT(account_->failed(Loss::kSpoolFull), 500);
  EXPECT_GT(account_->spooled(), 200);
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, WritesEveryRequestFirstWhenToldTo) {
  Start(true);
  EXPECT_TRUE(Deliver("1").spooled);
  EXPECT_TRUE(Deliver("2").spooled);
  ASSERT_TRUE(delivery_->WaitUntilSent(kPatience));
  EXPECT_THAT(collector_->taken(), ElementsAre("1", "2"));
  EXPECT_EQ(spool_->stats().lanes[0].written_items, 6);
  EXPECT_EQ(account_->delivered(), 6);
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, DeliversWithoutASpoolThatCannotBeUsed) {
  std::ofstream(spool_options_.directory) << "a file where the folder should be";
  for (const bool write_ahead : {false, true}) {
    Start(write_ahead);
    EXPECT_FALSE(Deliver("1").loss);
    collector_->Answer(Outcome::kRetry);
    policy_.total_timeout = 300ms;
    Restart(write_ahead);
    EXPECT_EQ(Deliver("2").loss, Loss::kExportFailed);
    EXPECT_GT(collector_->attempts(), 2);
    ExpectClosedBooks();
    policy_ = {};
  }
}

TEST_F(SpooledDeliveryTest, KeepsAtTheEndWhatASilentCollectorHolds) {
  policy_.attempt_timeout = kPatience;
  patience_ = 20ms;
  Start();
  collector_->FallSilent();
  EXPECT_TRUE(Deliver("1").spooled);
  delivery_->stop().Request(SteadyClock::now() + 100ms);
  EXPECT_TRUE(Deliver("2").spooled);
  const auto start = SteadyClock::now();
  delivery_->Finish(kPatience);
  EXPECT_LT(SteadyClock::now() - start, kPatience / 2);
  EXPECT_EQ(account_->spooled(), 6);
  ExpectClosedBooks();
  Start();
  ASSERT_TRUE(delivery_->WaitUntilSent(kPatience));
  EXPECT_THAT(collector_->taken(), ElementsAre("1", "2"));
  EXPECT_EQ(account_->resent(), 3);
}

TEST_F(SpooledDeliveryTest, EndsAtOnceWhenTheCollectorIsKnownToBeAway) {
  Start();
  collector_->Answer(Outcome::kRetry);
  Deliver("1");
  delivery_->stop().Request(SteadyClock::now() + kPatience);
  const auto start = SteadyClock::now();
  delivery_->Finish(0ms);
  EXPECT_LT(SteadyClock::now() - start, kPatience / 2);
  EXPECT_EQ(account_->spooled(), 3);
}

TEST_F(SpooledDeliveryTest, SendsWhatItKeptBeforeItEndsWhenTheCollectorTakesIt) {
  Start(true);
  collector_->FallSilent();
  for (const char* text : {"1", "2", "3"}) Deliver(text);
  delivery_->stop().Request(SteadyClock::now() + kPatience);
  collector_->Answer(Outcome::kAccepted);
  delivery_->Finish(0ms);
  EXPECT_THAT(collector_->taken(), ElementsAre("1", "2", "3"));
}

TEST_F(SpooledDeliveryTest, WaitsForNoCollectorAtTheEnd) {
  Start();
  collector_->FallSilent();
  delivery_->stop().Request(SteadyClock::now() + kPatience);
  const auto start = SteadyClock::now();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Deliver(std::to_string(i)).spooled);
  EXPECT_LT(SteadyClock::now() - start, kPatience / 3);
  collector_->Answer(Outcome::kAccepted);
  delivery_->Finish(kPatience);
  EXPECT_EQ(account_->delivered(), 300);
  ExpectClosedBooks();
}

TEST_F(SpooledDeliveryTest, LosesAndCountsWhenNeitherTheDiskNorTheCollectorTakesIt) {
  std::ofstream(spool_options_.directory) << "a file where the folder should be";
  Start();
  collector_->FallSilent();
  delivery_->stop().Request(SteadyClock::now() + 50ms);
  EXPECT_EQ(Deliver("1").loss, Loss::kShutdown);
  ExpectClosedBooks();
}

}  // namespace
}  // namespace guildscope::exporting
