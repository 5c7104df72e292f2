#include <dpp/json.h>
#include <gmock/gmock.h>

#include "guildscope/instrumentation/dpp/hook_fixture.hpp"
#include "guildscope/testing/recorded_metrics.hpp"

namespace guildscope::dpp {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class CommandHookTest : public HookFixture {
 protected:
  /// Hands an interaction to libdpp as its gateway and its webhook server do, so that libdpp's own call is what is
  /// tested. `on_this_thread`: the handlers have run (up to their first suspension) when it returns.
  void Dispatch(const std::string& command, bool on_this_thread = true, bool in_guild = true) {
    ::dpp::json interaction{{"id", "900000000000000001"},
                            {"application_id", "900000000000000002"},
                            {"type", 2},
                            {"token", "interaction-token"},
                            {"version", 1},
                            {"channel_id", "900000000000000004"},
                            {"user", {{"id", "900000000000000005"}, {"username", "ann"}}},
                            {"data", {{"id", "900000000000000006"}, {"name", command}, {"type", 1}}}};
    if (in_guild) interaction["guild_id"] = "900000000000000003";
    ::dpp::events::internal_handle_interaction(bot_.get(), 7, interaction, "", on_this_thread);
  }

  double Commands(const std::string& labels) { return Value("commands", labels); }
  double Active(const std::string& command) { return Value("commands_active", command); }
};

TEST_F(CommandHookTest, AFunctionIsAServerSpan) {
  tracing::SpanContext in_handler;
  double active = 0;
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) {
    in_handler = tracing::CurrentSpan();
    active = Active("ping");
    clock_.Advance(std::chrono::milliseconds(40));
  });
  Dispatch("ping");

  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].name, "command ping");
  EXPECT_EQ(spans[0].kind, opentelemetry::trace::SpanKind::kServer);
  EXPECT_EQ(spans[0].span_id, in_handler.SpanIdHex());
  EXPECT_EQ(spans[0].parent_id, std::string(16, '0'));
  EXPECT_FALSE(spans[0].error);
  const std::map<std::string, std::string> expected{{"command", "ping"},
                                                    {"shard", "7"},
                                                    {"interaction_id", "900000000000000001"},
                                                    {"guild_id", "900000000000000003"},
                                                    {"channel_id", "900000000000000004"},
                                                    {"user_id", "900000000000000005"}};
  EXPECT_EQ(spans[0].attributes, expected);
  EXPECT_EQ(Commands("ping success"), 1);
  EXPECT_EQ(Value("command.duration", "ping success"), 1);
  EXPECT_EQ(active, 1);
  EXPECT_EQ(Active("ping"), 0);
  EXPECT_FALSE(tracing::CurrentSpan().valid());
}

TEST_F(CommandHookTest, ItsDurationLeadsToItsSpan) {
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) {
    // Not to this one.
    const auto inner = tracer_.StartActive("within");
  });
  Dispatch("ping");
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[1].name, "command ping");
  EXPECT_THAT(Exemplars("command.duration"), ElementsAre(spans[1].span_id));
}

TEST_F(CommandHookTest, ACommandInADirectMessageHasNoGuild) {
  Dispatch("ping", true, false);
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_THAT(spans[0].attributes, Not(Contains(Key("guild_id"))));
}

TEST_F(CommandHookTest, RunsOnTheThreadPoolToo) {
  std::promise<std::thread::id> thread;
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) { thread.set_value(std::this_thread::get_id()); });
  Dispatch("ping", false);
  EXPECT_NE(Get(thread.get_future()), std::this_thread::get_id());
  // The handler has returned when its promise is set, the command has not ended yet.
  EXPECT_TRUE(Eventually([&] { return Commands("ping success") == 1; }));
}

TEST_F(CommandHookTest, ARegisteredCommandIsMeasured) {
  bool called = false;
  bot_->register_command("ping", [&](const ::dpp::slashcommand_t&) { called = true; });
  Dispatch("ping");
  EXPECT_TRUE(called);
  EXPECT_EQ(Commands("ping success"), 1);
}

TEST_F(CommandHookTest, AnExceptionIsRecordedAndGoesOn) {
  bot_->on_slashcommand([](const ::dpp::slashcommand_t&) { throw std::out_of_range("no such channel"); });
  EXPECT_THROW(Dispatch("weight"), std::out_of_range);

  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_TRUE(spans[0].error);
  EXPECT_THAT(spans[0].events, ElementsAre("exception"));
  EXPECT_THAT(spans[0].attributes, Contains(Pair("error.type", "std::out_of_range")));
  EXPECT_EQ(Commands("weight error"), 1);
  EXPECT_EQ(Commands("weight success"), 0);
  EXPECT_EQ(Active("weight"), 0);
}

TEST_F(CommandHookTest, ACoroutineIsMeasuredToItsEnd) {
  ::dpp::promise<void> promise;
  auto awaitable = promise.get_awaitable();
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t& event) -> ::dpp::task<void> {
    co_await awaitable;
    EXPECT_EQ(event.command.get_command_name(), "play");  // the event is alive
  });
  Dispatch("play");
  EXPECT_EQ(Active("play"), 1);
  EXPECT_EQ(Commands("play success"), 0);
  EXPECT_THAT(Ended(), IsEmpty());
  EXPECT_FALSE(tracing::CurrentSpan().valid());

  clock_.Advance(std::chrono::seconds(3));
  std::thread([&] { promise.set_value(); }).join();  // resumes it there
  EXPECT_EQ(Active("play"), 0);
  EXPECT_EQ(Commands("play success"), 1);
  ASSERT_EQ(Ended().size(), 1U);
  for (const auto& metric : registry_.Collect().metrics) {
    if (metric.name != "disruptor.discord.command.duration") continue;
    EXPECT_DOUBLE_EQ(metric.points.at(0).sum, 3.0);
  }
}

TEST_F(CommandHookTest, ACoroutineThatWaitsIsATask) {
  ::dpp::promise<void> promise;
  auto awaitable = promise.get_awaitable();
  const auto tasks = [&] { return guildscope::testing::ValueOf(registry_, "disruptor.system.goroutines", {}); };
  double running = -1;
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) -> ::dpp::task<void> {
    running = tasks();
    co_await awaitable;
    throw std::runtime_error("after the wait");
  });
  EXPECT_EQ(tasks(), 0);
  Dispatch("play");
  EXPECT_EQ(running, 0) << "it has a thread";
  EXPECT_EQ(tasks(), 1);
  EXPECT_THROW(promise.set_value(), std::runtime_error);
  EXPECT_EQ(tasks(), 0);
}

TEST_F(CommandHookTest, AnExceptionOfACoroutineIsRecordedAndReachesWhoResumedIt) {
  ::dpp::promise<void> promise;
  auto awaitable = promise.get_awaitable();
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) -> ::dpp::task<void> {
    co_await awaitable;
    throw std::runtime_error("too late");
  });
  Dispatch("play");
  EXPECT_THROW(promise.set_value(), std::runtime_error);
  EXPECT_EQ(Commands("play error"), 1);
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_TRUE(spans[0].error);
}

TEST_F(CommandHookTest, EveryHandlerOfACommandIsPartOfOneSpan) {
  std::vector<tracing::SpanContext> seen;
  for (int handler = 0; handler < 2; ++handler) {
    bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) { seen.push_back(tracing::CurrentSpan()); });
  }
  Dispatch("ping");
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(Commands("ping success"), 1);
}

TEST_F(CommandHookTest, ACancelledEventReachesNoFurtherHandler) {
  int calls = 0;
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t& event) {
    ++calls;
    event.cancel_event();
  });
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) { ++calls; });
  Dispatch("ping");
  EXPECT_EQ(calls, 1);
}

TEST_F(CommandHookTest, ACoroutineThatWaitsForACommandStillGetsIt) {
  std::string got;
  const auto wait = [&]() -> ::dpp::task<void> { got = (co_await bot_->on_slashcommand).command.get_command_name(); };
  auto waiting = wait();
  Dispatch("ping");
  EXPECT_EQ(got, "ping");
}

TEST_F(CommandHookTest, WithoutInstrumentationTheHandlersRunAndNothingIsRecorded) {
  Clusters::Instance().Remove(bot_.get());
  bool called = false;
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) { called = true; });
  Dispatch("ping");
  EXPECT_TRUE(called);
  EXPECT_THAT(Ended(), IsEmpty());
  EXPECT_EQ(Commands("ping success"), 0);
}

TEST_F(CommandHookTest, ACommandMayOutliveItsInstrumentation) {
  ::dpp::promise<void> promise;
  auto awaitable = promise.get_awaitable();
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t&) -> ::dpp::task<void> { co_await awaitable; });
  Dispatch("play");
  Clusters::Instance().Remove(state_.get());
  state_->Close();
  promise.set_value();
  EXPECT_EQ(Commands("play success"), 0);
  EXPECT_EQ(Ended().size(), 1U);  // spans may outlive everything
}

}  // namespace
}  // namespace guildscope::dpp
