#include "apps/disruptor/discord/rest_retry.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/recorded_metrics.hpp"

namespace disruptor {
namespace {

using namespace std::chrono_literals;

/// Runs the next task when it is told to, whenever its time.
class StepExecutor final : public Executor {
 public:
  bool RunAt(TimePoint at, Task task) override {
    tasks.emplace(at, std::move(task));
    return true;
  }
  void RunNext() {
    const Task task = std::move(tasks.extract(tasks.begin()).mapped());
    task();
  }
  std::multimap<TimePoint, Task> tasks;
};

class RestRetryTest : public ::testing::Test {
 protected:
  void Send() {
    retry_.Send(
        "answer", [this](dpp::command_completion_event_t end) { sent_.push_back(std::move(end)); },
        [this](bool success) { results_.push_back(success); });
  }
  void Answer(int status, int retry_after = 0) {
    dpp::http_request_completion_t http;
    http.ratelimit_retry_after = static_cast<std::uint64_t>(retry_after);
    http.status = static_cast<std::uint16_t>(status);
    // A copy: a request keeps its callback as long as it lives.
    auto end = sent_.back();
    end(dpp::confirmation_callback_t(nullptr, dpp::confirmation(), http));
  }

  StepExecutor executor_;
  guildscope::metrics::Registry registry_;
  guildscope::tracing::Tracer tracer_;
  guildscope::testing::FakeClock clock_;
  const guildscope::retry::Retries retries_{registry_, tracer_, {.clock = &clock_, .random = [] { return 0.5; }}};
  RestRetry retry_{executor_, retries_, clock_, {}};
  std::vector<dpp::command_completion_event_t> sent_;
  std::vector<bool> results_;
};

dpp::confirmation_callback_t Result(dpp::http_error error, std::uint16_t status) {
  dpp::http_request_completion_t http;
  http.error = error;
  http.status = status;
  return {nullptr, dpp::confirmation(), http};
}

TEST(AnswerStatus, IsNoneWhereTheConnectionBrokeBeforeAnAnswer) {
  EXPECT_FALSE(Result(dpp::h_connection, 0).is_error()) << "D++ has mended it: AnswerStatus is not needed any more";
  EXPECT_EQ(AnswerStatus(Result(dpp::h_connection, 0)), 0);
  EXPECT_EQ(AnswerStatus(Result(dpp::h_success, 0)), 0);
  EXPECT_EQ(AnswerStatus(Result(dpp::h_success, 204)), 204);
  EXPECT_EQ(AnswerStatus(Result(dpp::h_success, 502)), 502);
}

TEST(DescribeAnswer, SaysWhatMayBeBetterNextTime) {
  for (const int status : {200, 204}) EXPECT_FALSE(DescribeAnswer(status, 0ms)) << status;
  for (const int status : {0, 429, 500, 503}) EXPECT_TRUE(DescribeAnswer(status, 0ms)->may_be_retried) << status;
  for (const int status : {400, 401, 403, 404}) EXPECT_FALSE(DescribeAnswer(status, 0ms)->may_be_retried) << status;
}

TEST(DescribeAnswer, AsksForTheWaitThatDiscordAsksFor) {
  EXPECT_EQ(DescribeAnswer(429, 1000ms)->asked_wait, 1000ms);
  EXPECT_EQ(DescribeAnswer(429, 0ms)->asked_wait, std::nullopt);
  EXPECT_EQ(DescribeAnswer(503, 1000ms)->asked_wait, std::nullopt);
}

TEST_F(RestRetryTest, SendsOnceWhatSucceeds) {
  Send();
  Answer(204);
  EXPECT_EQ(results_, std::vector<bool>{true});
  EXPECT_EQ(sent_.size(), 1);
}

TEST_F(RestRetryTest, TriesAgainAfterAnErrorOfDiscord) {
  Send();
  Answer(500);
  EXPECT_TRUE(results_.empty());
  executor_.RunNext();
  ASSERT_EQ(sent_.size(), 2);
  Answer(204);
  EXPECT_EQ(results_, std::vector<bool>{true});
}

TEST_F(RestRetryTest, GivesUpAfterSomeTimes) {
  Send();
  for (int i = 0; i < 3; ++i) {
    Answer(502);
    executor_.RunNext();
  }
  EXPECT_EQ(sent_.size(), 4);
  Answer(502);
  EXPECT_EQ(results_, std::vector<bool>{false});
}

TEST_F(RestRetryTest, WaitsAsLongAsDiscordAsksForUnlessThatIsTooLong) {
  Send();
  Answer(429, 1);
  ASSERT_EQ(executor_.tasks.size(), 2U);
  EXPECT_EQ(executor_.tasks.begin()->first, clock_.SteadyNow() + 1s);
  executor_.RunNext();
  Answer(429, 5);
  EXPECT_EQ(results_, std::vector<bool>{false});
}

TEST_F(RestRetryTest, CountsItsAttempts) {
  Send();
  Answer(500);
  executor_.RunNext();
  Answer(204);
  EXPECT_EQ(guildscope::testing::ValueOf(registry_, "guildscope.retry.attempts", {"answer", "retried"}), 1);
  EXPECT_EQ(guildscope::testing::ValueOf(registry_, "guildscope.retry.attempts", {"answer", "success"}), 1);
}

TEST_F(RestRetryTest, GivesUpAtOnceWhatWasRefused) {
  Send();
  Answer(404);
  EXPECT_EQ(results_, std::vector<bool>{false});
}

TEST_F(RestRetryTest, TakesSilenceForAFailureAndTheAnswerThatComesLaterForNothing) {
  Send();
  executor_.RunNext();  // the limit for an answer
  Answer(204);          // of the first try
  EXPECT_TRUE(results_.empty());
  executor_.RunNext();
  ASSERT_EQ(sent_.size(), 2);
  Answer(204);
  EXPECT_EQ(results_, std::vector<bool>{true});
  while (!executor_.tasks.empty()) executor_.RunNext();
  EXPECT_EQ(results_.size(), 1);
}

}  // namespace
}  // namespace disruptor
