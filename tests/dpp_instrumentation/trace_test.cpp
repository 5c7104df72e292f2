#include <gmock/gmock.h>

#include <atomic>
#include <mutex>

#include "tests/dpp_instrumentation/bot_fixture.hpp"

namespace guildscope::dpp {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Key;
using ::testing::SizeIs;

constexpr const char* kCallback = "POST /interactions/{interaction.id}/{interaction.token}/callback";

/// A command and everything that it caused are one trace, with D++ as it is.
class TraceTest : public BotFixture {
 protected:
  TraceTest() : BotFixture("guilds: 1\n") {}

  void Note() {
    const std::lock_guard lock(mutex_);
    seen_.push_back(tracing::CurrentSpan().SpanIdHex());
  }

  std::mutex mutex_;
  std::vector<std::string> seen_;  // guarded by mutex_
};

TEST_F(TraceTest, OfAFunctionHasItsRestRequestAndTheCallback) {
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t& event) {
    Note();
    event.reply("soon", [&](const ::dpp::confirmation_callback_t&) { Note(); });
  });
  Connect({"next"});
  Use("next");
  ASSERT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex_);
    return seen_.size() == 2 && !SpansNamed(kCallback).empty();
  }));

  const auto commands = SpansNamed("command next");
  const auto requests = SpansNamed(kCallback);
  ASSERT_THAT(commands, SizeIs(1));
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(commands[0].kind, opentelemetry::trace::SpanKind::kServer);
  EXPECT_EQ(commands[0].parent_id, std::string(16, '0'));
  EXPECT_EQ(requests[0].trace_id, commands[0].trace_id);
  EXPECT_EQ(requests[0].parent_id, commands[0].span_id);
  EXPECT_THAT(requests[0].attributes, Contains(Key("discord.bucket")));
  EXPECT_THAT(seen_, Each(commands[0].span_id));
}

TEST_F(TraceTest, OfACoroutineGoesThroughRestAndSleepToItsEnd) {
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t& event) -> ::dpp::task<void> {
    Note();
    co_await event.co_reply("searching");
    Note();
    co_await bot_->co_sleep(1);
    Note();
    co_await event.co_edit_original_response(::dpp::message("found"));
    Note();
  });
  Connect({"play"});
  Use("play");
  ASSERT_TRUE(Eventually([&] { return !SpansNamed("command play").empty(); }));

  const auto commands = SpansNamed("command play");
  ASSERT_THAT(commands, SizeIs(1));
  ASSERT_THAT(seen_, SizeIs(4));
  EXPECT_THAT(seen_, Each(commands[0].span_id));
  for (const char* name : {kCallback,
                           "PATCH "
                           "/webhooks/{application.id}/{interaction.token}/messages/@original"}) {
    const auto requests = SpansNamed(name);
    ASSERT_THAT(requests, SizeIs(1)) << name;
    EXPECT_EQ(requests[0].trace_id, commands[0].trace_id);
    EXPECT_EQ(requests[0].parent_id, commands[0].span_id);
  }
  EXPECT_EQ(Metric("commands")["play success"], 1);
  EXPECT_EQ(Metric("command.duration")["play success"], 1);
  EXPECT_EQ(Metric("commands_active")["play"], 0);
}

TEST_F(TraceTest, RequestsThatNoCommandCausedAreRoots) {
  Connect({"next"});
  const auto requests = SpansNamed("GET /gateway/bot");
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].parent_id, std::string(16, '0'));
}

}  // namespace
}  // namespace guildscope::dpp
