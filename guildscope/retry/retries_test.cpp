#include "guildscope/retry/retries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <vector>

#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"

namespace guildscope::retry {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using testing::RecordedSpan;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr const char* kAttempts = "guildscope.retry.attempts";

class RetriesTest : public ::testing::Test {
 protected:
  Seams MakeSeams() {
    Seams seams{.clock = &clock_};
    seams.random = [] { return 0.5; };
    seams.wait = [this](milliseconds wait, const std::stop_token&) {
      waits_.push_back(wait);
      clock_.Advance(wait);
      return !stop_during_wait_;
    };
    return seams;
  }

  double Attempts(const std::string& outcome) { return testing::ValueOf(registry_, kAttempts, {"load", outcome}); }

  bool stop_during_wait_ = false;
  std::vector<milliseconds> waits_;
  testing::FakeClock clock_;
  metrics::Registry registry_{{}, clock_};
  tracing::Tracer tracer_;
  Retries retries_{registry_, tracer_, MakeSeams()};
};

TEST_F(RetriesTest, ReturnsWhatTheFirstAttemptReturns) {
  EXPECT_EQ(retries_.Run("load", [] { return 7; }), 7);
  EXPECT_THAT(waits_, SizeIs(0));
  EXPECT_EQ(Attempts("success"), 1);
  EXPECT_EQ(testing::TotalOf(registry_, kAttempts), 1);
}

TEST_F(RetriesTest, TriesAgainAfterAnExceptionUntilItGoesWell) {
  int calls = 0;
  const auto load = [&] {
    if (++calls < 3) throw std::runtime_error("busy");
    return calls;
  };
  EXPECT_EQ(retries_.Run("load", load), 3);
  EXPECT_THAT(waits_, ElementsAre(125ms, 250ms));
  EXPECT_EQ(Attempts("retried"), 2);
  EXPECT_EQ(Attempts("success"), 1);
}

TEST_F(RetriesTest, PassesOnTheLastExceptionWhenThePolicyHasEnough) {
  int calls = 0;
  EXPECT_THROW(
      retries_.Run("load", [&] { throw std::out_of_range(std::to_string(++calls)); }, {.policy = {.attempts = 2}}),
      std::out_of_range);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Attempts("retried"), 1);
  EXPECT_EQ(Attempts("failed"), 1);
}

TEST_F(RetriesTest, DoesNotTryAgainWhatMayNotBe) {
  int calls = 0;
  RunOptions options;
  options.describe = [](const std::exception_ptr&) { return Failure{.reason = "syntax", .may_be_retried = false}; };
  EXPECT_THROW(
      retries_.Run("load", [&] { throw std::runtime_error(std::to_string(++calls)); }, options), std::runtime_error);
  EXPECT_EQ(calls, 1);
}

TEST_F(RetriesTest, TriesAgainWhenTheWorkSaysSoAndReturnsItsLastResult) {
  const auto connect = [](Attempt& attempt) {
    attempt.Fail({.reason = "timed_out", .asked_wait = 2s});
    return attempt.retries();
  };
  EXPECT_EQ(retries_.Run("load", connect, {.policy = {.attempts = 3}}), 2);
  EXPECT_THAT(waits_, ElementsAre(2s, 2s));
}

TEST_F(RetriesTest, EndsAWaitThatIsStoppedWithWhatTheAttemptGave) {
  stop_during_wait_ = true;
  int calls = 0;
  EXPECT_THROW(retries_.Run("load", [&] { throw std::runtime_error(std::to_string(++calls)); }), std::runtime_error);
  EXPECT_EQ(calls, 1);
}

TEST_F(RetriesTest, SleepsNoLongerThanUntilItIsStopped) {
  const Retries real(registry_, tracer_);
  std::stop_source stop;
  RunOptions options{.policy = {.first_wait = 1h, .longest_wait = 1h, .total_time = 2h}, .stop = stop.get_token()};
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_THROW(real.Run("load", [] { throw std::runtime_error("busy"); }, options), std::runtime_error);
}

TEST_F(RetriesTest, RefusesAPolicyThatIsNone) {
  EXPECT_THROW(retries_.Run("load", [] {}, {.policy = {.attempts = 0}}), std::invalid_argument);
}

TEST_F(RetriesTest, MakesEachRetryAChildOfTheOperation) {
  testing::RecordedSpans recorded;
  int calls = 0;
  retries_.Run("load", [&] {
    tracer_.Start("attempt " + std::to_string(++calls)).End();
    if (calls < 3) throw std::runtime_error("busy");
  });
  const auto spans = recorded.Take();
  std::vector<std::string> names;
  for (const RecordedSpan& span : spans) names.push_back(span.name);
  ASSERT_THAT(names, ElementsAre("attempt 1", "attempt 2", "retry load", "attempt 3", "retry load", "load"));
  const RecordedSpan& operation = spans[5];
  EXPECT_EQ(operation["retry_count"], "2");
  EXPECT_FALSE(operation.is_error);
  EXPECT_EQ(spans[0].parent_span_id, operation.context.span_id);
  for (const int retry : {2, 4}) {
    EXPECT_EQ(spans[retry].parent_span_id, operation.context.span_id);
    EXPECT_EQ(spans[retry].kind, tracing::SpanKind::kInternal);
    EXPECT_EQ(spans[retry]["retry.reason"], "std::runtime_error");
    EXPECT_EQ(spans[retry - 1].parent_span_id, spans[retry].context.span_id);
  }
  EXPECT_EQ(spans[2]["retry_count"], "1");
  EXPECT_EQ(spans[2]["retry.wait_ms"], "125");
  EXPECT_TRUE(spans[2].is_error);
  EXPECT_EQ(spans[4]["retry_count"], "2");
  EXPECT_EQ(spans[4]["retry.wait_ms"], "250");
  EXPECT_FALSE(spans[4].is_error);
}

TEST_F(RetriesTest, MakesTheOperationAnErrorWhenItsLastAttemptFailed) {
  testing::RecordedSpans recorded;
  EXPECT_THROW(retries_.Run("load", [] { throw std::runtime_error("busy"); }, {.policy = kNever}), std::runtime_error);
  const RecordedSpan thrown = recorded.TakeOnly();
  EXPECT_TRUE(thrown.is_error);
  EXPECT_EQ(thrown["error.type"], "std::runtime_error");
  EXPECT_EQ(thrown["retry_count"], "0");
  retries_.Run("load", [](Attempt& attempt) { attempt.Fail({.reason = "timed_out"}); }, {.policy = kNever});
  const RecordedSpan said = recorded.TakeOnly();
  EXPECT_TRUE(said.is_error);
  EXPECT_EQ(said["error.type"], "timed_out");
}

}  // namespace
}  // namespace guildscope::retry
