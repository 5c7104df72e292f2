#include "guildscope/health/background_job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/recorded_spans.hpp"

namespace guildscope::health {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using testing::RecordedSpan;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class BackgroundJobTest : public ::testing::Test {
 protected:
  /// Runs a job until its function has been called so often, and gives the spans.
  std::vector<RecordedSpan> Run(int iterations, const std::function<Iteration(int, JobRun&)>& iterate,
                                std::function<void(std::string_view)> on_error = {}) {
    std::promise<void> enough;
    {
      int count = 0;
      BackgroundJob job(health_, tracer_, "cleanup",
                        [&](JobRun& run) {
                          if (count == iterations) {
                            enough.set_value();
                            ++count;
                          }
                          if (count > iterations) return Iteration::kIdle;
                          return iterate(++count, run);
                        },
                        {.interval = 1ms, .backoff = {.first = 1ms, .most = 1ms}, .on_error = std::move(on_error)});
      EXPECT_EQ(enough.get_future().wait_for(60s), std::future_status::ready);
    }
    return spans_.Take();
  }

  testing::FakeClock clock_;
  Health health_{{}, clock_};
  testing::RecordedSpans spans_;
  tracing::Tracer tracer_;
};

TEST_F(BackgroundJobTest, MakesASpanOfEachIterationThatHasSomethingToDo) {
  const auto spans = Run(4, [&](int number, JobRun& run) {
    if (number % 2 == 1) return Iteration::kIdle;
    run.Begin({.attributes = {{"removed", number}}});
    run.Begin({.attributes = {{"ignored", true}}});
    tracer_.Start("inside").End();
    return Iteration::kWorked;
  });
  ASSERT_THAT(spans, SizeIs(4));
  for (const int job : {1, 3}) {
    EXPECT_EQ(spans[job].name, "cleanup");
    EXPECT_EQ(spans[job].kind, tracing::SpanKind::kInternal);
    EXPECT_THAT(spans[job].attributes, ElementsAre(Pair("background_job", "true"), Pair("job", "cleanup"),
                                                   Pair("removed", job == 1 ? "2" : "4")));
    EXPECT_EQ(spans[job - 1].parent_span_id, spans[job].context.span_id);
    EXPECT_NE(spans[1].context.trace_id, spans[3].context.trace_id);
  }
}

TEST_F(BackgroundJobTest, MakesNoSpanOfALookThatFindsNothing) {
  EXPECT_THAT(Run(5, [](int, JobRun&) { return Iteration::kIdle; }), SizeIs(0));
}

TEST_F(BackgroundJobTest, MakesASpanOfEveryErrorAndReportsItInside) {
  std::vector<tracing::SpanContext> reported;
  const auto spans = Run(
      2,
      [](int number, JobRun& run) -> Iteration {
        if (number == 2) run.Begin();
        throw std::runtime_error("broken");
      },
      [&](std::string_view what) {
        EXPECT_EQ(what, "broken");
        reported.push_back(tracing::CurrentSpan());
      });
  ASSERT_THAT(spans, SizeIs(2));
  ASSERT_THAT(reported, SizeIs(2));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(spans[i].is_error);
    EXPECT_EQ(spans[i]["error.type"], "std::runtime_error");
    EXPECT_EQ(spans[i].context, reported[i]);
  }
}

TEST_F(BackgroundJobTest, HasAHeartbeat) {
  Run(1, [&](int, JobRun&) {
    EXPECT_EQ(health_.Loops().at(0).name, "cleanup");
    return Iteration::kWorked;
  });
}

}  // namespace
}  // namespace guildscope::health
