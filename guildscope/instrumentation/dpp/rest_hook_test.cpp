#include <dpp/queues.h>
#include <gmock/gmock.h>

#include "guildscope/http/server.hpp"
#include "guildscope/instrumentation/dpp/hook_fixture.hpp"

namespace guildscope::dpp {
namespace {

using ::dpp::http_request;
using ::dpp::http_request_completion_t;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class RestHookTest : public HookFixture {
 protected:
  /// As `cluster::post_rest` makes them.
  static std::unique_ptr<http_request> ToDiscord(const std::string& endpoint, const std::string& parameters,
                                                 ::dpp::http_method method,
                                                 ::dpp::http_completion_event callback = {}) {
    return std::make_unique<http_request>(endpoint, parameters, std::move(callback), "", method, "", "", "", "");
  }

  static http_request_completion_t Answer(std::uint16_t status, double latency = 0.1) {
    http_request_completion_t answer;
    answer.status = status;
    answer.latency = latency;
    return answer;
  }

  void Finish(http_request& request, const http_request_completion_t& answer) {
    state_->rest().Posted(request);
    state_->rest().Sent(request);
    request.complete(answer);
  }
};

TEST_F(RestHookTest, MakesASpanNamedAfterTheRoute) {
  auto request = ToDiscord("/api/v10/channels", "42/messages/77?x=1", ::dpp::m_patch);
  auto answer = Answer(200);
  answer.ratelimit_bucket = "abcd";
  answer.ratelimit_remaining = 4;
  Finish(*request, answer);

  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].name, "PATCH /channels/{channel.id}/messages/{message.id}");
  EXPECT_EQ(spans[0].kind, opentelemetry::trace::SpanKind::kClient);
  EXPECT_FALSE(spans[0].error);
  EXPECT_THAT(spans[0].events, ElementsAre("sent"));
  const std::map<std::string, std::string> expected{{"http.request.method", "PATCH"},
                                                    {"http.response.status_code", "200"},
                                                    {"server.address", "discord.com"},
                                                    {"server.port", "443"},
                                                    {"url.scheme", "https"},
                                                    {"url.template", "/channels/{channel.id}/messages/{message.id}"},
                                                    {"url.full", "https://discord.com/api/v10/channels/42/messages/77"},
                                                    {"discord.bucket", "abcd"},
                                                    {"discord.rate_limit.remaining", "4"},
                                                    {"retry_count", "0"}};
  EXPECT_EQ(spans[0].attributes, expected);
}

TEST_F(RestHookTest, CountsByRouteMethodAndStatus) {
  for (const std::uint16_t status : {200, 200, 404}) {
    auto request = ToDiscord("/api/v10/channels", "42/messages", ::dpp::m_post);
    Finish(*request, Answer(status, 0.3));
  }
  EXPECT_EQ(Value("api.requests", "/channels/{channel.id}/messages POST 200"), 2);
  EXPECT_EQ(Value("api.requests", "/channels/{channel.id}/messages POST 404"), 1);
  EXPECT_EQ(Value("api.request.duration", "/channels/{channel.id}/messages POST"), 3);
}

TEST_F(RestHookTest, ItsDurationLeadsToItsSpan) {
  auto request = ToDiscord("/api/v10/channels", "42/messages", ::dpp::m_post);
  Finish(*request, Answer(200, 0.3));
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_THAT(Exemplars("api.request.duration"), ElementsAre(spans[0].span_id));
}

TEST_F(RestHookTest, AnErrorStatusIsAnErrorOfTheSpan) {
  auto request = ToDiscord("/api/v10/users", "@me", ::dpp::m_get);
  Finish(*request, Answer(503));
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_TRUE(spans[0].error);
  EXPECT_THAT(spans[0].attributes, Contains(Pair("error.type", "503")));
}

TEST_F(RestHookTest, ARequestWithoutAnAnswerHasTheStatusError) {
  auto request = ToDiscord("/api/v10/users", "@me", ::dpp::m_get);
  auto answer = Answer(0);
  answer.error = ::dpp::h_connection;
  Finish(*request, answer);
  EXPECT_EQ(Value("api.requests", "/users/@me GET error"), 1);
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_TRUE(spans[0].error);
  EXPECT_THAT(spans[0].attributes, Contains(Pair("error.type", "connection")));
  EXPECT_THAT(spans[0].attributes, Not(Contains(Key("http.response.status_code"))));
}

TEST_F(RestHookTest, CountsRateLimitsByScope) {
  const auto limited = [&](const char* scope) {
    auto request = ToDiscord("/api/v10/users", "@me", ::dpp::m_get);
    auto answer = Answer(429);
    answer.ratelimit_bucket = "abcd";
    if (scope != nullptr) answer.headers.emplace("x-ratelimit-scope", scope);
    Finish(*request, answer);
  };
  limited("shared");
  limited("user");
  limited("global");
  limited("global");
  limited(nullptr);
  EXPECT_EQ(Value("api.rate_limited", "/users/@me shared"), 1);
  EXPECT_EQ(Value("api.rate_limited", "/users/@me user"), 2);
  EXPECT_EQ(Value("api.rate_limited", "/users/@me global"), 2);
}

TEST_F(RestHookTest, NeverShowsAnInteractionsToken) {
  const std::string token = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OTA";
  auto request = ToDiscord("/api/v10/interactions", "123456789012345678/" + token + "/callback", ::dpp::m_post);
  Finish(*request, Answer(204));
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].name, "POST /interactions/{interaction.id}/{interaction.token}/callback");
  for (const auto& [key, value] : spans[0].attributes) EXPECT_EQ(value.find(token), std::string::npos) << key;
}

TEST_F(RestHookTest, TheCallbackRunsInTheContextOfWhoeverPosted) {
  tracing::SpanContext in_callback;
  auto request = ToDiscord("/api/v10/users", "@me", ::dpp::m_get,
                           [&](const http_request_completion_t&) { in_callback = tracing::CurrentSpan(); });
  tracing::SpanContext command;
  {
    auto active = tracer_.StartActive("command ping");
    command = active->span_context();
    state_->rest().Posted(*request);
  }
  ASSERT_FALSE(tracing::CurrentSpan().valid());
  request->complete(Answer(200));
  EXPECT_EQ(in_callback, command);
  EXPECT_FALSE(tracing::CurrentSpan().valid());
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[1].name, "GET /users/@me");
  EXPECT_EQ(spans[1].parent_id, command.SpanIdHex());
}

TEST_F(RestHookTest, ARequestThatNobodyPostedOnlyRunsItsCallback) {
  bool called = false;
  auto request = ToDiscord("/api/v10/users", "@me", ::dpp::m_get, [&](const auto&) { called = true; });
  request->complete(Answer(200));
  EXPECT_TRUE(called);
  EXPECT_THAT(Ended(), IsEmpty());
}

TEST_F(RestHookTest, QueueDepthIsWhatHasNotBeenSent) {
  auto first = ToDiscord("/api/v10/users", "@me", ::dpp::m_get);
  auto second = ToDiscord("/api/v10/users", "@me", ::dpp::m_get);
  state_->rest().Posted(*first);
  state_->rest().Posted(*second);
  EXPECT_EQ(Value("api.queue_depth", ""), 2);
  state_->rest().Sent(*first);
  EXPECT_EQ(Value("api.queue_depth", ""), 1);
  first->complete(Answer(200));
  EXPECT_EQ(Value("api.queue_depth", ""), 1);
  second->complete(Answer(200));
  EXPECT_EQ(Value("api.queue_depth", ""), 0);
}

TEST_F(RestHookTest, NothingIsRecordedAfterClose) {
  auto request = ToDiscord("/api/v10/users", "@me", ::dpp::m_get);
  state_->rest().Posted(*request);
  state_->Close();
  request->complete(Answer(200));
  EXPECT_EQ(Value("api.requests", "/users/@me GET 200"), 0);
}

/// Through D++'s own queue, socket and thread pool, to a server of ours.
class OutboundHttpTest : public RestHookTest {
 protected:
  OutboundHttpTest() {
    server_.Handle("GET", "/search", [this](const http::Request& request) {
      traceparent_.set_value(std::string(request.Header("traceparent")));
      return http::JsonResponse("{}");
    });
    server_.Start();
    Start();
  }

  std::promise<std::string> traceparent_;
  http::Server server_;
};

TEST_F(OutboundHttpTest, IsASpanOfItsOwnThatCarriesTheTraceOn) {
  std::promise<tracing::SpanContext> in_callback;
  tracing::SpanContext command;
  {
    auto active = tracer_.StartActive("command play");
    command = active->span_context();
    bot_->request(server_.url() + "/search?key=secret", ::dpp::m_get,
                  [&](const auto&) { in_callback.set_value(tracing::CurrentSpan()); });
  }
  EXPECT_EQ(Get(in_callback.get_future()), command);
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 2U);
  // The answer may come before the command has ended.
  const EndedSpan& request = spans[spans[0].name == "command play" ? 1 : 0];
  EXPECT_EQ(request.name, "GET 127.0.0.1");
  EXPECT_EQ(request.trace_id, command.TraceIdHex());
  EXPECT_THAT(request.attributes, Contains(Pair("url.full", server_.url() + "/search")));
  EXPECT_THAT(request.attributes, Contains(Pair("http.response.status_code", "200")));
  EXPECT_EQ(Get(traceparent_.get_future()), "00-" + command.TraceIdHex() + "-" + request.span_id + "-01");
  for (const auto& metric : registry_.Collect().metrics) {
    if (metric.name != "disruptor.discord.api.requests") continue;
    EXPECT_THAT(metric.points, IsEmpty());
  }
}

TEST_F(OutboundHttpTest, ARequestThatCannotBeSentEndsItsSpan) {
  // D++ gives up in the call itself and never calls back.
  bot_->request("http://host.invalid/", ::dpp::m_get, [](const auto&) {});
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].name, "GET host.invalid");
  EXPECT_TRUE(spans[0].error);
  EXPECT_THAT(spans[0].attributes, Contains(Pair("error.type", "connection")));
}

}  // namespace
}  // namespace guildscope::dpp
