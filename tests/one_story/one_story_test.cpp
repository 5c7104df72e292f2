#include <gmock/gmock.h>

#include <condition_variable>
#include <fstream>
#include <functional>
#include <mutex>
#include <queue>
#include <stop_token>
#include <thread>

#include "guildscope/health/background_job.hpp"
#include "guildscope/instrumentation/curl/http_client.hpp"
#include "guildscope/instrumentation/sqlite/instrumentation.hpp"
#include "guildscope/testing/scripted_server.hpp"
#include "tests/one_story/story_fixture.hpp"
#include "tests/support/sqlite_file.hpp"

namespace guildscope {
namespace {

using opentelemetry::proto::trace::v1::Span;
using opentelemetry::proto::trace::v1::Status;
using testing::MakeAnswer;
using testing::ReceivedSpan;
using testing::ScriptedServer;
using Then = testing::ScriptedAnswer::Then;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr const char* kCallback = "POST /interactions/{interaction.id}/{interaction.token}/callback";
constexpr const char* kEdit = "PATCH /webhooks/{application.id}/{interaction.token}/messages/@original";

/// What a command leaves to a thread of its own.
struct MediaRequest {
  std::string uuid;
  tracing::SpanContext asked_by;
  ::dpp::slashcommand_t event;
};

/// One thread and its queue.
class SearchThread {
 public:
  explicit SearchThread(std::function<void(const MediaRequest&)> search)
      : search_(std::move(search)), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  void Push(MediaRequest request) {
    const std::lock_guard lock(mutex_);
    queue_.push(std::move(request));
    changed_.notify_one();
  }

 private:
  void Run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return !queue_.empty(); })) {
      const MediaRequest request = std::move(queue_.front());
      queue_.pop();
      lock.unlock();
      search_(request);
      lock.lock();
    }
  }

  const std::function<void(const MediaRequest&)> search_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::queue<MediaRequest> queue_;  // guarded by mutex_
  std::jthread thread_;
};

class OneStory : public StoryFixture {
 protected:
  void Search(const MediaRequest& request) {
    const auto logger = telemetry_->logger("music");
    tracing::SpanOptions options{.kind = tracing::SpanKind::kConsumer};
    options.attributes = {{"music.media_request.uuid", request.uuid}};
    options.links = {request.asked_by};
    options.parent = tracing::Context();
    telemetry_->tracer().Trace("music search", options, [&] {
      logger.Info("searching for {}", request.uuid);
      const curl::HttpResult found =
          http_->Send({.url = api_.url() + "/search?q=song&key=hidden-key", .url_template = "/search"}).Get();
      logger.Info("found {} after {} retries", found.response.body, found.retries);
      request.event.edit_original_response(::dpp::message("Playing " + found.response.body));
    });
  }

  /// Waits for the whole story; later looks at the store find it there.
  void AwaitTheStory() {
    ArrivedOnly("command play");
    ArrivedOnly(kCallback);
    ArrivedOnly(kEdit);
    ArrivedOnly("music search");
  }

  static std::string TraceparentOf(const ReceivedSpan& span) {
    return "00-" + span.trace_id() + "-" + span.span_id() + "-01";
  }

  static void ExpectLink(const ReceivedSpan& from, const ReceivedSpan& to) {
    ASSERT_EQ(from.span.links_size(), 1) << from.name();
    EXPECT_EQ(testing::ToHex(from.span.links(0).trace_id()), to.trace_id());
    EXPECT_EQ(testing::ToHex(from.span.links(0).span_id()), to.span_id());
  }

  // An API that fails twice: it is overloaded, then it breaks off.
  ScriptedServer api_{[answers = 0](const testing::SeenRequest&) mutable -> testing::ScriptedAnswer {
    switch (++answers) {
      case 1:
        return {MakeAnswer(503, "", {{"Retry-After", "1"}}), Then::kClose};
      case 2:
        return {"", Then::kReset};
      default:
        return {MakeAnswer(200, "the song")};
    }
  }};
  std::optional<curl::HttpClient> http_{std::in_place, *telemetry_};
};

TEST_F(OneStory, IsToldByACommandAThreadAndAnApiThatFailsTwice) {
  SearchThread search([this](const MediaRequest& request) { Search(request); });
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t& event) {
    telemetry_->logger("music").Info("somebody asked for a song");
    MediaRequest request{.uuid = "3f1c", .asked_by = tracing::CurrentSpan(), .event = event};
    event.thinking(false, [&search, request](const ::dpp::confirmation_callback_t&) { search.Push(request); });
  });
  Connect("play");
  Use("play");
  AwaitTheStory();

  const auto command = ArrivedOnly("command play");
  EXPECT_EQ(command.span.kind(), Span::SPAN_KIND_SERVER);
  EXPECT_THAT(command.parent_id(), IsEmpty());
  EXPECT_EQ(ArrivedOnly(kCallback).parent_id(), command.span_id());
  EXPECT_THAT(receiver_.store().SpansOfTrace(command.trace_id()), SizeIs(2));

  // The work is a trace of its own, linked back to who asked for it.
  const auto work = ArrivedOnly("music search");
  EXPECT_EQ(work.span.kind(), Span::SPAN_KIND_CONSUMER);
  EXPECT_THAT(work.parent_id(), IsEmpty());
  EXPECT_NE(work.trace_id(), command.trace_id());
  ExpectLink(work, command);
  EXPECT_THAT(receiver_.store().SpansOfTrace(work.trace_id()), SizeIs(7));

  const auto parts = ChildrenOf(work);
  ASSERT_THAT(parts, SizeIs(2));
  const auto& call = parts[0];
  EXPECT_EQ(call.name(), "GET /search");
  EXPECT_EQ(call.span.kind(), Span::SPAN_KIND_CLIENT);
  EXPECT_NE(call.span.status().code(), Status::STATUS_CODE_ERROR);
  EXPECT_THAT(call.attributes(),
              AllOf(Contains(Pair("retry_count", "2")), Contains(Pair("http.response.status_code", "200")),
                    Contains(Pair("url.full", HasSubstr("key=REDACTED")))));
  const auto& edit = parts[1];
  EXPECT_EQ(edit.name(), kEdit);
  EXPECT_THAT(edit.attributes(), Contains(Pair("http.response.status_code", "200")));

  // Each retry is a child of the call, with the request that it made inside.
  const auto retries = ChildrenOf(call);
  ASSERT_THAT(retries, SizeIs(2));
  std::vector<ReceivedSpan> attempts{call};
  for (const auto& retry : retries) {
    EXPECT_EQ(retry.name(), "retry GET /search");
    EXPECT_EQ(retry.span.kind(), Span::SPAN_KIND_INTERNAL);
    EXPECT_THAT(retry.attributes(), Contains(Pair("retry_count", std::to_string(attempts.size()))));
    const auto inside = ChildrenOf(retry);
    ASSERT_THAT(inside, SizeIs(1));
    EXPECT_EQ(inside[0].span.kind(), Span::SPAN_KIND_CLIENT);
    attempts.push_back(inside[0]);
  }
  EXPECT_THAT(retries[0].attributes(),
              AllOf(Contains(Pair("retry.reason", "status 503")), Contains(Pair("retry.wait_ms", "1000"))));
  EXPECT_EQ(retries[0].span.status().code(), Status::STATUS_CODE_ERROR);
  EXPECT_THAT(retries[1].attributes(), Contains(Pair("retry.reason", "connection_lost")));
  EXPECT_NE(retries[1].span.status().code(), Status::STATUS_CODE_ERROR);

  // The API was told which attempt asked.
  const auto requests = api_.requests();
  ASSERT_THAT(requests, SizeIs(3));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(requests[i].headers.at("traceparent"), TraceparentOf(attempts[i]));

  // What was logged meanwhile belongs to it.
  const auto logs = receiver_.store().LogsOf("music");
  ASSERT_THAT(logs, SizeIs(3));
  const auto expect_log = [](const testing::ReceivedLog& log, const std::string& text, const ReceivedSpan& span) {
    EXPECT_EQ(log.body(), text);
    EXPECT_EQ(log.trace_id(), span.trace_id());
    EXPECT_EQ(log.span_id(), span.span_id());
  };
  expect_log(logs[0], "somebody asked for a song", command);
  expect_log(logs[1], "searching for 3f1c", work);
  expect_log(logs[2], "found the song after 2 retries", work);

  // The durations lead to it.
  EXPECT_TRUE(LeadsTo("disruptor.discord.command.duration", {{"command", "play"}, {"status", "success"}}, command));
  testing::OtlpAttributes labels{
      {"http.request.method", "GET"}, {"server.address", "127.0.0.1"}, {"server.port", std::to_string(api_.port())}};
  const auto with = [&](testing::OtlpAttributes more) {
    more.insert(labels.begin(), labels.end());
    return more;
  };
  const std::string duration = "http.client.request.duration";
  EXPECT_TRUE(LeadsTo(duration, with({{"http.response.status_code", "503"}, {"error.type", "503"}}), attempts[0]));
  EXPECT_TRUE(LeadsTo(duration, with({{"error.type", "connection_lost"}}), attempts[1]));
  EXPECT_TRUE(LeadsTo(duration, with({{"http.response.status_code", "200"}}), attempts[2]));
  EXPECT_EQ(receiver_.store().Sum("guildscope.retry.attempts", {{"operation", "GET /search"}}), 3);

  for (const auto& span : receiver_.store().Spans()) EXPECT_THAT(span.span.DebugString(), Not(HasSubstr("hidden-key")));
  http_.reset();
}

TEST_F(OneStory, GoesOnInACoroutineThatWaitsForTheApi) {
  tracing::SpanContext afterwards;
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t& event) -> ::dpp::task<void> {
    co_await event.co_thinking();
    const auto found = co_await ::dpp::async<curl::HttpResult>(
        [&](auto done) { http_->Send({.url = api_.url(), .url_template = "/search"}, std::move(done)); });
    afterwards = tracing::CurrentSpan();
    co_await event.co_edit_original_response(::dpp::message(found.response.body));
  });
  Connect("play");
  Use("play");
  const auto command = ArrivedOnly("command play");
  EXPECT_EQ(afterwards.SpanIdHex(), command.span_id());
  const auto children = ChildrenOf(command);
  ASSERT_THAT(children, SizeIs(3));
  EXPECT_EQ(children[0].name(), kCallback);
  EXPECT_EQ(children[1].name(), "GET /search");
  EXPECT_EQ(children[2].name(), kEdit);
}

TEST_F(OneStory, GoesOnAfterItWasKeptInADatabase) {
  const auto statements = sqlite::Instrument(*telemetry_);
  std::ofstream(folder_ + "/music.db").close();
  testing::SqliteFile database(folder_ + "/music.db");
  database.Run("CREATE TABLE media_requests (uuid TEXT, asked_by TEXT)");
  health::BackgroundJob router(telemetry_->health(), telemetry_->tracer(), "music_router",
                               [&](health::JobRun& run) {
                                 const std::string asked_by = database.Run("SELECT asked_by FROM media_requests");
                                 const auto asked = tracing::SpanContext::FromTraceparent(asked_by);
                                 if (!asked) return health::Iteration::kIdle;
                                 run.Begin({.kind = tracing::SpanKind::kConsumer, .links = {*asked}});
                                 database.Run("DELETE FROM media_requests");
                                 return health::Iteration::kIdle;
                               },
                               {.interval = 1h});
  bot_->on_slashcommand([&](const ::dpp::slashcommand_t& event) {
    database.Run("INSERT INTO media_requests VALUES ('3f1c', '" + tracing::CurrentSpan().ToTraceparent() + "')");
    event.reply("soon", [&](const ::dpp::confirmation_callback_t&) { router.Wake(); });
  });
  Connect("play");
  Use("play");

  const auto command = ArrivedOnly("command play");
  EXPECT_EQ(ArrivedOnly("INSERT media_requests").parent_id(), command.span_id());
  const auto routed = ArrivedOnly("music_router");
  EXPECT_EQ(routed.span.kind(), Span::SPAN_KIND_CONSUMER);
  EXPECT_THAT(routed.attributes(),
              AllOf(Contains(Pair("background_job", "true")), Contains(Pair("job", "music_router"))));
  EXPECT_NE(routed.trace_id(), command.trace_id());
  ExpectLink(routed, command);
  EXPECT_EQ(ArrivedOnly("DELETE media_requests").parent_id(), routed.span_id());
}

}  // namespace
}  // namespace guildscope
