#include "guildscope/export/delivery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::exporting {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Le;
using Outcome = Reply::Outcome;

/// Answers what the test put in; its last answer for ever.
class ScriptedTransport final : public Transport {
 public:
  ScriptedTransport(guildscope::testing::FakeClock& clock, std::deque<Reply> replies)
      : clock_(clock), replies_(std::move(replies)) {}

  Reply Send(const Request&, std::chrono::steady_clock::time_point deadline) noexcept override {
    attempts_.push_back(deadline - clock_.SteadyNow());
    Reply reply = replies_.front();
    if (replies_.size() > 1) replies_.pop_front();
    if (reply.outcome == Outcome::kTimeout) clock_.Advance(deadline - clock_.SteadyNow());
    return reply;
  }
  void Cancel() noexcept override {}
  const std::string& destination() const noexcept override { return destination_; }

  /// What time each attempt was given.
  std::vector<nanoseconds> attempts_;

 private:
  guildscope::testing::FakeClock& clock_;
  std::deque<Reply> replies_;
  std::string destination_ = "nowhere";
};

class DeliveryTest : public ::testing::Test {
 protected:
  Verdict Deliver(std::deque<Reply> replies, RetryPolicy policy = {}) {
    auto transport = std::make_unique<ScriptedTransport>(clock_, std::move(replies));
    transport_ = transport.get();
    delivery_ = std::make_unique<Delivery>(std::move(transport), policy, clock_, [this](nanoseconds wait, bool) {
      waits_.push_back(std::chrono::duration_cast<milliseconds>(wait));
      clock_.Advance(wait);
      if (on_wait_) on_wait_();
    });
    if (before_) before_();
    return delivery_->Deliver({"bytes", 3});
  }

  guildscope::testing::FakeClock clock_;
  std::unique_ptr<Delivery> delivery_;
  ScriptedTransport* transport_ = nullptr;
  std::vector<milliseconds> waits_;
  std::function<void()> on_wait_;
  std::function<void()> before_;
};

Reply Answer(Outcome outcome) { return {.outcome = outcome, .rejected = 0, .detail = "answer", .retry_after = {}}; }

TEST_F(DeliveryTest, IsDoneWhenTheCollectorAccepts) {
  const Verdict verdict = Deliver({Answer(Outcome::kAccepted)});
  EXPECT_FALSE(verdict.loss);
  EXPECT_EQ(transport_->attempts_.size(), 1);
}

TEST_F(DeliveryTest, PassesOnWhatAPartialSuccessRejected) {
  Reply partial = Answer(Outcome::kAccepted);
  partial.rejected = 2;
  EXPECT_EQ(Deliver({partial}).rejected, 2);
}

TEST_F(DeliveryTest, DoesNotRepeatWhatIsRefusedForGood) {
  EXPECT_EQ(Deliver({Answer(Outcome::kRefused)}).loss, Loss::kExportFailed);
  EXPECT_EQ(transport_->attempts_.size(), 1);
}

TEST_F(DeliveryTest, RepeatsUntilTheCollectorIsBackAndWaitsLongerEachTime) {
  const Verdict verdict = Deliver({Answer(Outcome::kRetry), Answer(Outcome::kRetry), Answer(Outcome::kRetry),
                                   Answer(Outcome::kRetry), Answer(Outcome::kAccepted)});
  EXPECT_FALSE(verdict.loss);
  EXPECT_THAT(waits_, ElementsAre(AllOf(Ge(500ms), Le(1000ms)), AllOf(Ge(1000ms), Le(2000ms)),
                                  AllOf(Ge(2000ms), Le(4000ms)), AllOf(Ge(2500ms), Le(5000ms))));
}

TEST_F(DeliveryTest, WaitsAsLongAsTheCollectorAsks) {
  Reply busy = Answer(Outcome::kRetry);
  busy.retry_after = 7s;
  EXPECT_FALSE(Deliver({busy, Answer(Outcome::kAccepted)}).loss);
  EXPECT_THAT(waits_, ElementsAre(7000ms));
}

TEST_F(DeliveryTest, GivesUpAtOnceWhenTheCollectorAsksForLongerThanTheBound) {
  Reply busy = Answer(Outcome::kRetry);
  busy.retry_after = 1h;
  EXPECT_EQ(Deliver({busy}).loss, Loss::kExportFailed);
  EXPECT_TRUE(waits_.empty());
}

TEST_F(DeliveryTest, GivesUpAfterTheBoundForAllAttempts) {
  const auto start = clock_.SteadyNow();
  const Verdict verdict = Deliver({Answer(Outcome::kRetry)});
  EXPECT_EQ(verdict.loss, Loss::kExportFailed);
  EXPECT_EQ(verdict.detail, "answer");
  EXPECT_LE(clock_.SteadyNow() - start, 30s);
  EXPECT_GE(waits_.size(), 6);
}

TEST_F(DeliveryTest, SaysThatItWasTheTimeWhenTheCollectorNeverAnswered) {
  const auto start = clock_.SteadyNow();
  EXPECT_EQ(Deliver({Answer(Outcome::kTimeout)}).loss, Loss::kTimeout);
  EXPECT_LE(clock_.SteadyNow() - start, 30s);
  EXPECT_EQ(transport_->attempts_.front(), 10s);
}

TEST_F(DeliveryTest, TriesALittleLongerAfterAStopWasRequested) {
  before_ = [this] { delivery_->stop().Request(clock_.SteadyNow() + 5s); };
  EXPECT_EQ(Deliver({Answer(Outcome::kRetry)}).loss, Loss::kExportFailed);
  EXPECT_EQ(transport_->attempts_.size(), 2);
  EXPECT_EQ(transport_->attempts_.front(), 5s);
  EXPECT_THAT(waits_, ElementsAre(200ms));
}

TEST_F(DeliveryTest, AStopDuringAWaitLeavesTimeForAnotherTry) {
  on_wait_ = [this] { delivery_->stop().Request(clock_.SteadyNow() + 5s); };
  EXPECT_FALSE(Deliver({Answer(Outcome::kRetry), Answer(Outcome::kAccepted)}).loss);
}

TEST_F(DeliveryTest, DoesNotTryAfterTheStopsDeadline) {
  before_ = [this] { delivery_->stop().Request(clock_.SteadyNow()); };
  EXPECT_EQ(Deliver({Answer(Outcome::kAccepted)}).loss, Loss::kShutdown);
  EXPECT_TRUE(transport_->attempts_.empty());
}

TEST_F(DeliveryTest, ACancelledAttemptIsLostToTheShutdown) {
  EXPECT_EQ(Deliver({Answer(Outcome::kCancelled)}).loss, Loss::kShutdown);
}

TEST_F(DeliveryTest, RequestsCanShareOneDeadline) {
  auto transport = std::make_unique<ScriptedTransport>(clock_, std::deque<Reply>{Answer(Outcome::kTimeout)});
  transport_ = transport.get();
  Delivery delivery(std::move(transport), {.attempt_timeout = 10s, .total_timeout = 15s}, clock_,
                    [this](nanoseconds wait, bool) { clock_.Advance(wait); });
  const auto deadline = delivery.NewDeadline();
  EXPECT_EQ(delivery.Deliver({"first", 1}, deadline).loss, Loss::kTimeout);
  const std::size_t attempts = transport_->attempts_.size();
  const Verdict second = delivery.Deliver({"second", 1}, deadline);
  EXPECT_EQ(second.loss, Loss::kTimeout);
  EXPECT_EQ(second.detail, "no time was left");
  EXPECT_EQ(transport_->attempts_.size(), attempts);
}

}  // namespace
}  // namespace guildscope::exporting
