#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guildscope/http/content_coding.hpp"
#include "guildscope/instrumentation/curl/http_client_fixture.hpp"

namespace guildscope::curl {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using testing::MakeAnswer;
using ::testing::Not;
using testing::ScriptedServer;
using testing::SeenRequest;
using ::testing::SizeIs;
using namespace std::chrono_literals;

/// A port that is taken, and where nobody listens.
class ClosedPort {
 public:
  ClosedPort() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* const generic = reinterpret_cast<sockaddr*>(&address_);
    EXPECT_EQ(bind(fd_, generic, size), 0);
    EXPECT_EQ(getsockname(fd_, generic, &size), 0);
  }
  ~ClosedPort() { close(fd_); }
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;

  std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  const int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address_{};
};

class HttpClientFaultsTest : public HttpClientFixture {
 protected:
  /// A request that is sent once.
  HttpRequest Once(const ScriptedServer& server) {
    HttpRequest request{.url = server.url()};
    request.limits = client_->options().limits;
    request.retries = retry::kNever;
    return request;
  }
};

TEST_F(HttpClientFaultsTest, AServerThatNeverAnswersTimesOut) {
  ScriptedServer server(Always({"", Then::kHold}));
  HttpRequest request = Once(server);
  request.limits->attempt_timeout = 50ms;
  const HttpResult result = Send(request);
  EXPECT_EQ(result.error, HttpError::kTimeout);
  EXPECT_EQ(result.message, "no whole response within 50 ms");
  EXPECT_EQ(spans_.TakeOnly()["error.type"], "timeout");
}

TEST_F(HttpClientFaultsTest, TheWholeCallHasALimitToo) {
  ScriptedServer server(Always({"", Then::kHold}));
  HttpRequest request = Once(server);
  request.retries = retry::Policy{.attempts = 1'000, .first_wait = 1ms};
  request.limits->attempt_timeout = 40ms;
  request.limits->total_timeout = 200ms;
  const HttpResult result = Send(request);
  EXPECT_EQ(result.error, HttpError::kTimeout);
  EXPECT_GE(result.retries, 1);
  EXPECT_LE(result.retries, 5);
}

TEST_F(HttpClientFaultsTest, AServerThatStallsIsTooSlow) {
  ScriptedServer server(Always({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nstart", Then::kHold}));
  HttpRequest request = Once(server);
  request.limits->slow_time = 1s;
  const HttpResult result = Send(request);
  EXPECT_EQ(result.error, HttpError::kTimeout);
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.response.body, "start");
}

TEST_F(HttpClientFaultsTest, AConnectionThatIsResetOrCutOffIsLost) {
  for (const testing::ScriptedAnswer& answer :
       {testing::ScriptedAnswer{"", Then::kReset},
        {"", Then::kClose},
        {"HTTP/1.1 200 OK\r\n", Then::kReset},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", Then::kClose},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nonly ", Then::kClose}}) {
    ScriptedServer server(Always(answer));
    EXPECT_EQ(Send(Once(server)).error, HttpError::kConnectionLost) << answer.bytes;
  }
}

TEST_F(HttpClientFaultsTest, WhatIsNoHttpIsAProtocolError) {
  for (const std::string garbage :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnogz"}) {
    ScriptedServer server(Always({garbage, Then::kClose}));
    EXPECT_EQ(Send(Once(server)).error, HttpError::kProtocol) << garbage;
  }
}

TEST_F(HttpClientFaultsTest, ABodyOverTheLimitIsCutOff) {
  const std::string body(2'000, 'x');
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + body + "\r\n";
  for (const std::string& answer : {MakeAnswer(200, body), chunked}) {
    ScriptedServer server(Always({answer, Then::kHold}));
    HttpRequest request = Once(server);
    request.limits->max_body_bytes = 1'999;
    EXPECT_EQ(Send(request).error, HttpError::kTooLarge);
  }
  ScriptedServer server(Always({MakeAnswer(200, body)}));
  HttpRequest request = Once(server);
  request.limits->max_body_bytes = 2'000;
  EXPECT_EQ(Send(request).response.body, body);
}

TEST_F(HttpClientFaultsTest, ACompressedBodyIsLimitedByWhatItBecomes) {
  const std::string bomb = http::Gzip(std::string(100'000'000, '\0'));
  ASSERT_LT(bomb.size(), 1'000'000);
  ScriptedServer server(Always({MakeAnswer(200, bomb, {{"Content-Encoding", "gzip"}})}));
  HttpRequest request = Once(server);
  request.limits->max_body_bytes = 1'000'000;
  const HttpResult result = Send(request);
  EXPECT_EQ(result.error, HttpError::kTooLarge);
  EXPECT_LE(result.response.body.size(), 1'000'000);

  ScriptedServer harmless(Always({MakeAnswer(200, http::Gzip("hello"), {{"Content-Encoding", "gzip"}})}));
  EXPECT_EQ(Send(Once(harmless)).response.body, "hello");
}

TEST_F(HttpClientFaultsTest, HeadersWithoutEndAreTooLarge) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 2'000; ++i) answer += "X-" + std::to_string(i) + ": " + std::string(40, 'x') + "\r\n";
  ScriptedServer server(Always({answer, Then::kHold}));
  EXPECT_EQ(Send(Once(server)).error, HttpError::kTooLarge);
}

TEST_F(HttpClientFaultsTest, ARefusedConnectionIsTriedAgainWhateverTheMethod) {
  const ClosedPort closed;
  const std::string url =
      "http://user:hidden-password@127.0.0.1:" + std::to_string(closed.port()) + "/?token=hidden-token";
  const HttpResult result = Send({.method = "POST", .url = url});
  EXPECT_EQ(result.error, HttpError::kConnect);
  EXPECT_EQ(result.retries, client_->options().retries.attempts - 1);
  EXPECT_THAT(result.message, HasSubstr("Failed to connect"));
  EXPECT_THAT(result.message, Not(HasSubstr("hidden")));
  for (const auto& span : spans_.Take()) {
    EXPECT_THAT(span.description, Not(HasSubstr("hidden")));
    for (const auto& [key, value] : span.attributes) EXPECT_THAT(value, Not(HasSubstr("hidden"))) << key;
  }
}

TEST_F(HttpClientFaultsTest, WhatMustNotHappenTwiceIsSentOnce) {
  ScriptedServer server(Always({MakeAnswer(503)}));
  EXPECT_EQ(Send({.method = "POST", .url = server.url()}).retries, 0);
  EXPECT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(Send({.method = "POST", .url = server.url(), .idempotent = true}).retries, 3);
  EXPECT_EQ(Send({.method = "GET", .url = server.url(), .idempotent = false}).retries, 0);
  EXPECT_EQ(Send({.method = "DELETE", .url = server.url()}).retries, 3);
}

TEST_F(HttpClientFaultsTest, OnlyWhatMayPassIsTriedAgain) {
  for (const auto& [status, retries] : {std::pair{408, 3},
                                        {425, 3},
                                        {429, 3},
                                        {502, 3},
                                        {503, 3},
                                        {504, 3},
                                        {400, 0},
                                        {401, 0},
                                        {404, 0},
                                        {500, 0},
                                        {501, 0}}) {
    ScriptedServer server(Always({MakeAnswer(status)}));
    EXPECT_EQ(Send({.url = server.url()}).retries, retries) << status;
  }
}

TEST_F(HttpClientFaultsTest, ALongerWaitThanThePolicyAllowsEndsTheRetries) {
  for (const std::string asked : {"31", "3600", "Fri, 31 Dec 2199 23:59:59 GMT"}) {
    ScriptedServer server(Always({MakeAnswer(429, "slow down", {{"Retry-After", asked}})}));
    const HttpResult result = Send({.url = server.url()});
    EXPECT_EQ(result.response.status, 429);
    EXPECT_EQ(result.response.body, "slow down");
    EXPECT_EQ(result.retries, 0) << asked;
  }
}

TEST_F(HttpClientFaultsTest, ADateInThePastMeansAtOnce) {
  ScriptedServer server(
      InOrder({{MakeAnswer(429, "", {{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"}})}, {MakeAnswer(200)}}));
  const HttpResult result = Send({.url = server.url()});
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.retries, 1);
}

class HttpClientRedirectsTest : public HttpClientFaultsTest {
 protected:
  static testing::ScriptedAnswer To(const std::string& location, int status = 302) {
    return {MakeAnswer(status, "moved", {{"Location", location}})};
  }
};

TEST_F(HttpClientRedirectsTest, AreFollowed) {
  ScriptedServer server(InOrder({To("/second", 301), To("third", 307), {MakeAnswer(200, "there")}}));
  const HttpResult result = Send({.url = server.url() + "/first", .headers = {{"Authorization", "Bearer x"}}});
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.response.body, "there");
  EXPECT_EQ(result.response.redirects, 2);
  ASSERT_THAT(server.requests(), SizeIs(3));
  EXPECT_EQ(server.requests()[1].target, "/second");
  EXPECT_EQ(server.requests()[2].target, "/third");
  EXPECT_THAT(server.requests()[2].headers, Contains(Key("authorization"))) << "it is the same server";
  EXPECT_EQ(spans_.TakeOnly()["http.request.resend_count"], "2");
}

TEST_F(HttpClientRedirectsTest, TakeNoSecretToAnotherServer) {
  ScriptedServer other(Always({MakeAnswer(200)}));
  ScriptedServer server(Always(To(other.url() + "/x?token=abc")));
  HttpRequest request{.url = server.url()};
  request.url.insert(7, "user:password@");
  request.headers = {{"Authorization", "Bearer x"}, {"Cookie", "a=b"}, {"X-Api-Key", "k"}, {"Accept", "text/html"}};
  EXPECT_TRUE(Send(request).ok());
  ASSERT_THAT(other.requests(), SizeIs(1));
  const auto headers = other.requests()[0].headers;
  EXPECT_THAT(headers, Contains(Key("accept")));
  EXPECT_THAT(headers, Contains(Key("traceparent")));
  for (const std::string secret : {"authorization", "cookie", "x-api-key"}) {
    EXPECT_THAT(headers, Not(Contains(Key(secret))));
  }
}

TEST_F(HttpClientRedirectsTest, ChangeTheMethodAsTheStatusSays) {
  for (const auto& [status, method, body] :
       {std::tuple{301, "GET", ""}, {302, "GET", ""}, {303, "GET", ""}, {307, "POST", "b"}, {308, "POST", "b"}}) {
    ScriptedServer server(InOrder({To("/x", status), {MakeAnswer(200)}}));
    EXPECT_TRUE(Send({.method = "POST", .url = server.url(), .body = "b"}).ok());
    ASSERT_THAT(server.requests(), SizeIs(2));
    EXPECT_EQ(server.requests()[1].method, method) << status;
    EXPECT_EQ(server.requests()[1].body, body) << status;
  }
}

TEST_F(HttpClientRedirectsTest, AreNotFollowedWithoutEnd) {
  ScriptedServer server(Always(To("/again")));
  const HttpResult result = Send({.url = server.url()});
  EXPECT_EQ(result.error, HttpError::kTooManyRedirects);
  EXPECT_EQ(result.response.status, 302);
  EXPECT_THAT(server.requests(), SizeIs(6));
  HttpRequest none = Once(server);
  none.limits->max_redirects = 0;
  EXPECT_TRUE(Send(none).ok());
}

TEST_F(HttpClientRedirectsTest, DoNotLeadToAnotherProtocol) {
  for (const std::string location : {"file:///etc/passwd", "gopher://127.0.0.1/", "dict://127.0.0.1:11211/stats"}) {
    ScriptedServer server(Always(To(location)));
    EXPECT_EQ(Send({.url = server.url()}).error, HttpError::kRedirectRefused) << location;
  }
}

}  // namespace
}  // namespace guildscope::curl
