#include <gmock/gmock.h>

#include <algorithm>

#include "guildscope/instrumentation/curl/http_client_fixture.hpp"

namespace guildscope::curl {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using testing::MakeAnswer;
using ::testing::Not;
using ::testing::Pair;
using testing::RecordedSpan;
using testing::ScriptedServer;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class HttpClientSpansTest : public HttpClientFixture {
 protected:
  /// The spans that ended, by when they began: parents first.
  std::vector<RecordedSpan> Spans(std::size_t count) {
    auto spans = spans_.Take();
    EXPECT_THAT(spans, SizeIs(count));
    std::reverse(spans.begin(), spans.end());
    return spans;
  }

  static std::string Traceparent(const testing::SeenRequest& request) {
    const auto header = request.headers.find("traceparent");
    return header == request.headers.end() ? "absent" : header->second;
  }
};

TEST_F(HttpClientSpansTest, SayWhatWasAskedAndAnsweredButNoSecret) {
  telemetry_.redactor().AddSecret("tracks-secret");
  ScriptedServer server(Always({MakeAnswer(200, "12345")}));
  tracing::SpanContext command;
  {
    auto active = telemetry_.tracer().StartActive("command play");
    command = active->span_context();
    HttpRequest request{.method = "POST", .url = server.url(), .url_template = "/v1/tracks/{id}"};
    request.url.insert(7, "me:my-password@");
    request.url += "/v1/tracks/7?q=a&api_key=abcdef&x=tracks-secret";
    request.headers = {{"Authorization", "Bearer hidden"}};
    request.body = "body of it";
    EXPECT_TRUE(Send(request).ok());
  }
  const auto spans = Spans(2);
  const RecordedSpan& span = spans[1];
  EXPECT_EQ(span.name, "POST /v1/tracks/{id}");
  EXPECT_EQ(span.kind, tracing::SpanKind::kClient);
  EXPECT_EQ(span.parent_span_id, command.span_id);
  EXPECT_FALSE(span.is_error);
  const std::string port = std::to_string(server.port());
  EXPECT_EQ(span["http.request.method"], "POST");
  EXPECT_EQ(span["url.template"], "/v1/tracks/{id}");
  EXPECT_EQ(span["url.full"], "http://REDACTED:REDACTED@127.0.0.1:" + port + "/v1/tracks/7?q=a&api_key=REDACTED&x=***");
  EXPECT_EQ(span["url.scheme"], "http");
  EXPECT_EQ(span["server.address"], "127.0.0.1");
  EXPECT_EQ(span["server.port"], port);
  EXPECT_EQ(span["network.peer.address"], "127.0.0.1");
  EXPECT_EQ(span["network.protocol.version"], "1.1");
  EXPECT_EQ(span["http.response.status_code"], "200");
  EXPECT_EQ(span["http.request.body.size"], "10");
  EXPECT_EQ(span["http.response.body.size"], "5");
  EXPECT_EQ(span["retry_count"], "0");
  EXPECT_EQ(span["http.request.resend_count"], "absent");
  for (const auto& [key, value] : span.attributes) {
    EXPECT_THAT(value, AllOf(Not(HasSubstr("password")), Not(HasSubstr("abcdef")), Not(HasSubstr("hidden"))));
  }
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(Traceparent(server.requests()[0]), span.context.ToTraceparent());
}

TEST_F(HttpClientSpansTest, AreNamedAfterTheHostWithoutATemplate) {
  ScriptedServer server(Always({MakeAnswer(200)}));
  Send({.url = server.url() + "/users/12345"});
  EXPECT_EQ(spans_.TakeOnly().name, "GET 127.0.0.1");
  Send({.method = "PURGE", .url = server.url()});
  const RecordedSpan other = spans_.TakeOnly();
  EXPECT_EQ(other.name, "HTTP 127.0.0.1");
  EXPECT_EQ(other["http.request.method"], "_OTHER");
  EXPECT_EQ(other["http.request.method_original"], "PURGE");
}

TEST_F(HttpClientSpansTest, AreErrorsFromStatus400On) {
  ScriptedServer server(InOrder({{MakeAnswer(399)}, {MakeAnswer(404)}, {MakeAnswer(500)}}));
  Send({.url = server.url()});
  EXPECT_FALSE(spans_.TakeOnly().is_error);
  for (const std::string status : {"404", "500"}) {
    const HttpResult result = Send({.url = server.url()});
    EXPECT_EQ(result.error, HttpError::kNone);
    EXPECT_FALSE(result.ok());
    const RecordedSpan span = spans_.TakeOnly();
    EXPECT_TRUE(span.is_error);
    EXPECT_EQ(span["error.type"], status);
    EXPECT_EQ(span["http.response.status_code"], status);
    EXPECT_EQ(Requests("GET", server.port(), status, status), 1);
  }
}

TEST_F(HttpClientSpansTest, AreMadeOfRequestsThatWereNotTakenToo) {
  Send({.url = "ftp://user:secret@example.com/"});
  const RecordedSpan span = spans_.TakeOnly();
  EXPECT_EQ(span.name, "GET");
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span["error.type"], "invalid_request");
  EXPECT_EQ(span["url.full"], "absent");
}

TEST_F(HttpClientSpansTest, HaveAChildForEachRetryWithARequestInside) {
  ScriptedServer server(InOrder({{MakeAnswer(503, "", {{"Retry-After", "1"}})},
                                 {"HTTP/1.1 200 OK\r\nContent-", Then::kReset},
                                 {MakeAnswer(200)}}));
  const HttpResult result = Send({.url = server.url(), .url_template = "/search"});
  EXPECT_TRUE(result.ok()) << result.message;
  EXPECT_EQ(result.retries, 2);

  const auto spans = Spans(5);  // the call; the second retry and its request; the first
  const RecordedSpan& call = spans[0];
  EXPECT_EQ(call.name, "GET /search");
  EXPECT_FALSE(call.is_error);
  EXPECT_EQ(call["http.response.status_code"], "200");
  EXPECT_EQ(call["retry_count"], "2");
  EXPECT_EQ(call["http.request.resend_count"], "2");
  const auto requests = server.requests();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_EQ(Traceparent(requests[0]), call.context.ToTraceparent());
  for (const int number : {1, 2}) {
    const RecordedSpan& retry = spans[number == 1 ? 3 : 1];
    const RecordedSpan& request = spans[number == 1 ? 4 : 2];
    EXPECT_EQ(retry.name, "retry GET /search");
    EXPECT_EQ(retry.kind, tracing::SpanKind::kInternal);
    EXPECT_EQ(retry.parent_span_id, call.context.span_id);
    EXPECT_EQ(retry["retry_count"], std::to_string(number));
    EXPECT_EQ(retry["retry.reason"], number == 1 ? "status 503" : "connection_lost");
    EXPECT_EQ(retry.is_error, number == 1);
    EXPECT_EQ(request.name, "GET /search");
    EXPECT_EQ(request.kind, tracing::SpanKind::kClient);
    EXPECT_EQ(request.parent_span_id, retry.context.span_id);
    EXPECT_EQ(request["http.request.resend_count"], std::to_string(number));
    EXPECT_EQ(request["error.type"], number == 1 ? "connection_lost" : "absent");
    EXPECT_EQ(Traceparent(requests[number]), request.context.ToTraceparent());
  }
  EXPECT_EQ(spans[3]["retry.wait_ms"], "1000") << "as Retry-After asked";
  EXPECT_EQ(Requests("GET", server.port(), "503", "503"), 1);
  EXPECT_EQ(Requests("GET", server.port(), "200", "connection_lost"), 1);
  EXPECT_EQ(Requests("GET", server.port(), "200", ""), 1);
  EXPECT_EQ(Value("http.client.active_requests", {"GET", "127.0.0.1", std::to_string(server.port())}), 0);
  EXPECT_EQ(Value("guildscope.retry.attempts", {"GET /search", "retried"}), 2);
  EXPECT_EQ(Value("guildscope.retry.attempts", {"GET /search", "success"}), 1);
}

TEST_F(HttpClientSpansTest, AreTheExemplarsOfTheirDurations) {
  ScriptedServer server(InOrder({{MakeAnswer(503)}, {MakeAnswer(200)}}));
  Send({.url = server.url()});
  const auto spans = Spans(3);
  const auto exemplar = [&](const std::string& status, const std::string& error) {
    const auto point = testing::FindPoint(telemetry_.metrics(), "http.client.request.duration",
                                          {"GET", "127.0.0.1", std::to_string(server.port()), status, error});
    for (const auto& candidate : point->exemplars) {
      if (candidate.present()) return candidate.span_id;
    }
    return decltype(point->exemplars[0].span_id){};
  };
  EXPECT_TRUE(std::ranges::equal(exemplar("503", "503"), spans[0].context.span_id));
  EXPECT_TRUE(std::ranges::equal(exemplar("200", ""), spans[2].context.span_id));
}

TEST_F(HttpClientSpansTest, AreNotToldToHostsThatAreNotTrusted) {
  HttpClientOptions options = QuickOptions();
  options.no_propagation = {"0.0.1", "LocalHost"};
  Use(options);
  ScriptedServer server(Always({MakeAnswer(200)}));
  Send({.url = server.url()});
  EXPECT_EQ(Traceparent(server.requests().back()), "absent");
  options.no_propagation = {"7.0.0.1"};
  Use(options);
  Send({.url = server.url()});
  EXPECT_NE(Traceparent(server.requests().back()), "absent") << "part of a label is no domain";
}

TEST_F(HttpClientSpansTest, DoNotReplaceAHeaderOfTheCaller) {
  ScriptedServer server(Always({MakeAnswer(200)}));
  Send({.url = server.url(), .headers = {{"Traceparent", "mine"}}});
  EXPECT_EQ(Traceparent(server.requests()[0]), "mine");
}

}  // namespace
}  // namespace guildscope::curl
