#include "guildscope/instrumentation/dpp/hook_fixture.hpp"
#include "guildscope/tracing/coroutine_span.hpp"

namespace guildscope::dpp {
namespace {

/// Timers of D++ tick once a second, on its own thread.
class ContextHookTest : public HookFixture {
 protected:
  template <typename Work>
  tracing::SpanContext InSpan(Work&& work) {
    auto active = tracer_.StartActive("command play");
    work();
    return active->span_context();
  }
};

TEST_F(ContextHookTest, WorkOnThePoolHasTheContextOfWhoeverQueuedIt) {
  std::promise<tracing::SpanContext> seen;
  const auto command = InSpan([&] { bot_->queue_work(0, [&] { seen.set_value(tracing::CurrentSpan()); }); });
  EXPECT_EQ(Get(seen.get_future()), command);
}

TEST_F(ContextHookTest, AThreadOfThePoolForgetsTheContextAfterwards) {
  std::promise<tracing::SpanContext> seen;
  InSpan([&] { bot_->queue_work(0, [] {}); });
  bot_->queue_work(1, [&] { seen.set_value(tracing::CurrentSpan()); });
  EXPECT_FALSE(Get(seen.get_future()).valid());
}

TEST_F(ContextHookTest, OnlyTheFirstTickOfATimerIsInTheContextOfWhoeverStartedIt) {
  std::vector<tracing::SpanContext> seen;
  std::promise<void> ticked_twice;
  const auto command = InSpan([&] {
    bot_->start_timer(
        [&](::dpp::timer timer) {
          seen.push_back(tracing::CurrentSpan());
          if (seen.size() < 2) return;
          bot_->stop_timer(timer);
          ticked_twice.set_value();
        },
        1);
  });
  Start();
  Get(ticked_twice.get_future());
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0], command);
  EXPECT_FALSE(seen[1].valid());
}

TEST_F(ContextHookTest, ASpanOfATaskIsCurrentAgainWhenTheTaskGoesOn) {
  std::promise<std::pair<tracing::SpanContext, tracing::SpanContext>> seen;
  const auto sleep = [&]() -> ::dpp::task<void> {
    tracing::CoroutineSpan span(tracer_.Start("sleep"));
    co_await span.Await(bot_->co_sleep(1));
    seen.set_value({span->span_context(), tracing::CurrentSpan()});
  };
  ::dpp::task<void> sleeper = sleep();
  EXPECT_FALSE(tracing::CurrentSpan().valid());
  Start();
  const auto [own, current] = Get(seen.get_future());
  EXPECT_TRUE(own.valid());
  EXPECT_EQ(current, own);
  sleeper.sync_wait();
}

TEST_F(ContextHookTest, ACoroutineWakesUpInTheContextInWhichItFellAsleep) {
  std::promise<tracing::SpanContext> seen;
  ::dpp::task<void> sleeper;
  const auto sleep = [&]() -> ::dpp::task<void> {
    co_await bot_->co_sleep(1);
    seen.set_value(tracing::CurrentSpan());
  };
  const auto command = InSpan([&] { sleeper = sleep(); });
  Start();
  EXPECT_EQ(Get(seen.get_future()), command);
  sleeper.sync_wait();
}

TEST_F(ContextHookTest, AOneShotTimerHasTheContextToo) {
  std::promise<tracing::SpanContext> seen;
  std::unique_ptr<::dpp::oneshot_timer> timer;
  const auto command = InSpan([&] {
    timer = std::make_unique<::dpp::oneshot_timer>(bot_.get(), 1,
                                                   [&](::dpp::timer) { seen.set_value(tracing::CurrentSpan()); });
  });
  Start();
  EXPECT_EQ(Get(seen.get_future()), command);
  // D++'s object uses itself behind its callback, and must live until then: the next tick of the same thread is later.
  std::promise<void> later;
  bot_->start_timer(
      [&](::dpp::timer next) {
        bot_->stop_timer(next);
        later.set_value();
      },
      1);
  Get(later.get_future());
}

TEST_F(ContextHookTest, WithoutASpanNothingIsCarried) {
  std::promise<tracing::SpanContext> seen;
  bot_->queue_work(0, [&] { seen.set_value(tracing::CurrentSpan()); });
  EXPECT_FALSE(Get(seen.get_future()).valid());
}

}  // namespace
}  // namespace guildscope::dpp
