#include "guildscope/instrumentation/curl/http_client.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "guildscope/instrumentation/curl/http_client_fixture.hpp"

namespace guildscope::curl {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using testing::MakeAnswer;
using ::testing::Not;
using ::testing::Pair;
using testing::ScriptedServer;
using ::testing::SizeIs;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

class HttpClientTest : public HttpClientFixture {};

TEST_F(HttpClientTest, SendsWhatItIsToldAndGivesWhatCame) {
  ScriptedServer server(Always({MakeAnswer(201, "made", {{"X-Answer", "yes"}})}));
  const HttpResult result = Send({.method = "POST",
                                  .url = server.url() + "/things?a=1#part",
                                  .headers = {{"X-Api-Key", "k"}, {"X-Empty", ""}, {"X-Blank", " "}},
                                  .body = "{\"n\":1}"});
  EXPECT_TRUE(result.ok()) << result.message;
  EXPECT_EQ(result.response.status, 201);
  EXPECT_EQ(result.response.body, "made");
  EXPECT_EQ(result.response.Header("x-answer"), "yes");
  EXPECT_EQ(result.response.protocol, "1.1");
  ASSERT_THAT(server.requests(), SizeIs(1));
  const auto seen = server.requests()[0];
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/things?a=1");
  EXPECT_EQ(seen.body, "{\"n\":1}");
  EXPECT_THAT(seen.headers, Contains(Pair("x-api-key", "k")));
  EXPECT_THAT(seen.headers, Contains(Pair("x-empty", "")));
  EXPECT_THAT(seen.headers, Contains(Pair("x-blank", "")));
  EXPECT_THAT(seen.headers, Contains(Pair("user-agent", HasSubstr("guildscope/"))));
  EXPECT_THAT(seen.headers, Not(Contains(Key("content-type"))));
}

TEST_F(HttpClientTest, KnowsEveryMethod) {
  ScriptedServer server(Always({MakeAnswer(200)}));
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"}) {
    EXPECT_TRUE(Send({.method = method, .url = server.url()}).ok()) << method;
    EXPECT_EQ(server.requests().back().method, method);
  }
  ScriptedServer head(Always({"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"}));
  const HttpResult result = Send({.method = "HEAD", .url = head.url()});
  EXPECT_TRUE(result.ok()) << result.message;
  EXPECT_EQ(result.response.Header("content-length"), "1000");
}

TEST_F(HttpClientTest, KeepsItsConnection) {
  ScriptedServer server(Always({MakeAnswer(200, "x")}));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Send({.url = server.url()}).ok());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, SendsManyAtATimeOverFewConnections) {
  ScriptedServer server(Always({MakeAnswer(200, "x")}));
  std::vector<PendingRequest> pending;
  for (int i = 0; i < 200; ++i) pending.push_back(client_->Send({.url = server.url() + "/" + std::to_string(i)}));
  for (const PendingRequest& request : pending) EXPECT_TRUE(request.Get().ok());
  EXPECT_THAT(server.requests(), SizeIs(200));
  EXPECT_LE(server.connections(), client_->options().connections_per_host);
  EXPECT_EQ(Value("guildscope.http_client.requests"), 0);
  EXPECT_EQ(Requests("GET", server.port(), "200", ""), 200);
}

TEST_F(HttpClientTest, IsUsedByManyThreads) {
  ScriptedServer server(Always({MakeAnswer(200, "x")}));
  std::atomic<int> well{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 25; ++k) well += client_->Send({.url = server.url()}).Get().ok();
      });
    }
  }
  EXPECT_EQ(well, 200);
}

TEST_F(HttpClientTest, CallsBackOnceInTheContextOfTheCaller) {
  ScriptedServer server(Always({MakeAnswer(200, "x")}));
  std::promise<std::pair<tracing::SpanContext, std::thread::id>> called;
  tracing::SpanContext command;
  {
    auto span = telemetry_.tracer().StartActive("command play");
    command = span->span_context();
    client_->Send({.url = server.url()}, [&](const HttpResult& result) {
      EXPECT_TRUE(result.ok());
      called.set_value({tracing::CurrentSpan(), std::this_thread::get_id()});
    });
  }
  const auto [context, thread] = called.get_future().get();
  EXPECT_EQ(context, command);
  EXPECT_NE(thread, std::this_thread::get_id());
}

TEST_F(HttpClientTest, MaySendFromACallbackButNotWaitThere) {
  ScriptedServer server(Always({MakeAnswer(200, "x")}));
  std::promise<bool> waited;
  std::promise<HttpResult> second;
  client_->Send({.url = server.url()}, [&](const HttpResult&) {
    const auto pending = client_->Send({.url = server.url()}, [&](const HttpResult& r) { second.set_value(r); });
    try {
      (void)pending.Get();
      waited.set_value(true);
    } catch (const std::logic_error&) {
      waited.set_value(false);
    }
  });
  EXPECT_FALSE(waited.get_future().get());
  EXPECT_TRUE(second.get_future().get().ok());
}

TEST_F(HttpClientTest, SurvivesACallbackThatThrows) {
  ScriptedServer server(Always({MakeAnswer(200, "x")}));
  EXPECT_TRUE(
      client_->Send({.url = server.url()}, [](const HttpResult&) { throw std::runtime_error("x"); }).Get().ok());
  EXPECT_TRUE(Send({.url = server.url()}).ok());
}

TEST_F(HttpClientTest, EndsACancelledRequest) {
  ScriptedServer server(Always({"", Then::kHold}));
  const PendingRequest pending = client_->Send({.url = server.url()});
  while (server.requests().empty()) std::this_thread::yield();
  EXPECT_FALSE(pending.WaitFor(0ms));
  pending.Cancel();
  const HttpResult result = pending.Get();
  EXPECT_EQ(result.error, HttpError::kCancelled);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(Requests("GET", server.port(), "", "cancelled"), 1);
  pending.Cancel();  // changes nothing
}

TEST_F(HttpClientTest, EndsACancelledWaitForARetry) {
  ScriptedServer server(Always({MakeAnswer(503, "", {{"Retry-After", "20"}})}));
  const PendingRequest pending = client_->Send({.url = server.url()});
  while (Value("guildscope.retry.attempts", {"GET 127.0.0.1", "retried"}) < 1) std::this_thread::yield();
  pending.Cancel();
  EXPECT_EQ(pending.Get().error, HttpError::kCancelled);
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(HttpClientTest, EndsWhatIsUnderWayWhenItIsDestroyed) {
  ScriptedServer holding(Always({"", Then::kHold}));
  ScriptedServer busy(Always({MakeAnswer(503, "", {{"Retry-After", "20"}})}));
  std::atomic<int> called{0};
  std::vector<PendingRequest> pending;
  for (int i = 0; i < 20; ++i) {
    for (const auto* server : {&holding, &busy}) {
      pending.push_back(client_->Send({.url = server->url()}, [&](const HttpResult&) { ++called; }));
    }
  }
  while (holding.requests().empty() || busy.requests().empty()) std::this_thread::yield();
  const auto start = steady_clock::now();
  client_.reset();
  EXPECT_LT(steady_clock::now() - start, 5s);
  EXPECT_EQ(called, 40);
  for (const PendingRequest& request : pending) EXPECT_EQ(request.Get().error, HttpError::kClosed);
  pending[0].Cancel();  // the client is gone
}

TEST_F(HttpClientTest, TakesNothingAfterItWasClosed) {
  client_->Close();
  client_->Close();
  bool called = false;
  const PendingRequest pending = client_->Send({.url = "http://127.0.0.1/"}, [&](const HttpResult&) { called = true; });
  EXPECT_EQ(pending.Get().error, HttpError::kClosed);
  EXPECT_TRUE(called);
  EXPECT_EQ(Value("guildscope.http_client.refused", {"closed"}), 1);
}

TEST_F(HttpClientTest, RefusesWhatIsTooMuchAndCountsIt) {
  HttpClientOptions options = QuickOptions();
  options.max_requests = 3;
  options.max_requests_per_host = 2;
  Use(options);
  ScriptedServer first(Always({"", Then::kHold}));
  ScriptedServer second(Always({"", Then::kHold}));
  std::vector<PendingRequest> taken{client_->Send({.url = first.url()}), client_->Send({.url = first.url()})};
  const HttpResult of_this_host = Send({.url = first.url()});
  EXPECT_EQ(of_this_host.error, HttpError::kQueueFull);
  taken.push_back(client_->Send({.url = second.url()}));
  EXPECT_EQ(Send({.url = second.url()}).error, HttpError::kQueueFull);
  EXPECT_EQ(Value("guildscope.http_client.refused", {"queue_full"}), 2);
  EXPECT_EQ(Value("guildscope.http_client.requests"), 3);
  EXPECT_EQ(Value("guildscope.http_client.requests_max"), 3);
  for (const PendingRequest& request : taken) request.Cancel();
  for (const PendingRequest& request : taken) EXPECT_EQ(request.Get().error, HttpError::kCancelled);
  const PendingRequest again = client_->Send({.url = first.url()});
  EXPECT_FALSE(again.WaitFor(0ms)) << "there is room again";
}

TEST_F(HttpClientTest, SaysWhatIsWrongWithARequest) {
  const auto problem = [&](HttpRequest request) {
    const HttpResult result = Send(std::move(request));
    EXPECT_EQ(result.error, HttpError::kInvalidRequest);
    return result.message;
  };
  EXPECT_THAT(problem({.url = "file:///etc/passwd"}), HasSubstr("the URL is none"));
  EXPECT_THAT(problem({.method = "GET /x", .url = "http://a/"}), HasSubstr("the method is none"));
  EXPECT_THAT(problem({.url = "http://a/", .headers = {{"a b", "c"}}}), HasSubstr("a header's name is none"));
  EXPECT_THAT(problem({.url = "http://a/", .headers = {{"X-A", "b\r\nX-C: d"}}}), HasSubstr("X-A has a line break"));
  EXPECT_THAT(problem({.url = "http://a/", .limits = HttpLimits{.total_timeout = 0ms}}), HasSubstr("time limit"));
  EXPECT_THAT(problem({.url = "http://a/", .retries = retry::Policy{.attempts = 0}}), HasSubstr("attempts is 0"));
  EXPECT_EQ(Value("guildscope.http_client.refused", {"invalid_request"}), 6);
}

TEST_F(HttpClientTest, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(HttpClient(telemetry_, {.max_requests = 0}), std::invalid_argument);
  EXPECT_THROW(HttpClient(telemetry_, {.connections = 0}), std::invalid_argument);
  EXPECT_THROW(HttpClient(telemetry_, {.limits = {.connect_timeout = 0ms}}), std::invalid_argument);
  EXPECT_THROW(HttpClient(telemetry_, {.retries = {.attempts = 0}}), std::invalid_argument);
  EXPECT_THROW(HttpClient(telemetry_, {.ca_file = "/nowhere.pem"}), std::runtime_error);
}

}  // namespace
}  // namespace guildscope::curl
