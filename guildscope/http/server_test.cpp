#include "guildscope/http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "guildscope/http/content_coding.hpp"
#include "guildscope/http/raw_client.hpp"

namespace guildscope::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n";
}

std::string Post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string Body(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

ByteChain Chain() {
  ByteChain chain;
  for (int i = 0; chain.size() < 101 * ByteChain::kChunkBytes; ++i) chain.Append(std::to_string(i) + '\n');
  return chain;
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    server_.Handle("GET", "/hello", [](const Request&) { return TextResponse("hello"); });
    server_.Handle("GET", "/large", [](const Request&) { return TextResponse(std::string(5000, 'x')); });
    server_.Handle("GET", "/chain", [](const Request&) {
      Response response = TextResponse("");
      response.chain = std::make_shared<const ByteChain>(Chain());
      return response;
    });
    server_.Handle("POST", "/echo", [](const Request& request) { return TextResponse(request.body); });
    server_.Handle("GET", "/throws", [](const Request&) -> Response { throw std::runtime_error("secret detail"); });
    server_.Handle(
        "GET", "/items/*",
        [](const Request& request) {
          return TextResponse(request.tail + "|" + std::string(request.Query("q").value_or("none")));
        },
        Lane::kInline);
    server_.Start();
  }

  Server server_{ServerOptions{}};
};

TEST_F(ServerTest, AnswersManyRequestsOnOneConnection) {
  RawClient client(server_.port());
  for (int i = 0; i < 3; ++i) {
    const auto response = client.Exchange(Get("/hello"));
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
    EXPECT_EQ(Body(response), "hello");
  }
  EXPECT_EQ(server_.stats().accepted, 1);
  EXPECT_EQ(server_.stats().requests, 3);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  RawClient client(server_.port());
  client.Send(Get("/items/1") + Post("/echo", "two") + Get("/items/3?q=x%20y", "Connection: close\r\n"));
  EXPECT_EQ(Body(client.Receive()), "1|none");
  EXPECT_EQ(Body(client.Receive()), "two");
  EXPECT_EQ(Body(client.Receive()), "3|x y");
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForThatOrSpeaksHttp10) {
  RawClient closing(server_.port());
  EXPECT_THAT(closing.Exchange(Get("/hello", "Connection: close\r\n")), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(closing.IsClosed());
  RawClient old(server_.port());
  EXPECT_THAT(old.Exchange("GET /hello HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_TRUE(old.IsClosed());
}

TEST_F(ServerTest, AnswersHeadWithTheHeadersOfGet) {
  RawClient client(server_.port());
  client.Send("HEAD /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto response = client.Receive(false);
  EXPECT_THAT(response, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(client.Exchange(Get("/hello")), StartsWith("HTTP/1.1 200 ")) << "no body may follow the headers of HEAD";
}

TEST_F(ServerTest, TellsAnUnknownPathFromAWrongMethod) {
  RawClient client(server_.port());
  const auto unknown = client.Exchange(Get("/nothing"));
  EXPECT_THAT(unknown, StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(Body(unknown), R"({"error":"no such path"})");
  const auto wrong = client.Exchange(Post("/hello", ""));
  EXPECT_THAT(wrong, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(wrong, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(client.Exchange("BREW /hello HTTP/1.1\r\nHost: test\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(ServerTest, SaysNothingAboutAnExceptionOfAHandler) {
  RawClient client(server_.port());
  const auto response = client.Exchange(Get("/throws"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(response, Not(HasSubstr("secret")));
  EXPECT_EQ(server_.stats().handler_errors, 1);
  EXPECT_EQ(Body(client.Exchange(Get("/hello"))), "hello") << "the connection lives on";
}

TEST_F(ServerTest, CompressesWhatIsLargeForThoseWhoAcceptIt) {
  RawClient client(server_.port());
  const auto compressed = client.Exchange(Get("/large", "Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(compressed, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(compressed, HasSubstr("Vary: Accept-Encoding\r\n"));
  GunzipError error{};
  EXPECT_EQ(Gunzip(Body(compressed), 10'000, error), std::string(5000, 'x'));
  for (const auto* headers : {"", "Accept-Encoding: gzip;q=0\r\n"}) {
    const auto plain = client.Exchange(Get("/large", headers));
    EXPECT_THAT(plain, Not(HasSubstr("Content-Encoding")));
    EXPECT_EQ(Body(plain).size(), 5000);
  }
  EXPECT_THAT(client.Exchange(Get("/hello", "Accept-Encoding: gzip\r\n")), Not(HasSubstr("Content-Encoding")));
}

TEST_F(ServerTest, SendsAChainFromWhereItIs) {
  const ByteChain chain = Chain();
  const std::string whole = chain.ToString();
  ASSERT_GT(chain.Chunks().size(), 100U) << "more than one call of the kernel takes";
  RawClient client(server_.port());
  EXPECT_TRUE(Body(client.Exchange(Get("/chain"))) == whole);
  client.Send("HEAD /chain HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(client.Receive(false), HasSubstr("Content-Length: " + std::to_string(whole.size()) + "\r\n"));
  const auto compressed = client.Exchange(Get("/chain", "Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(compressed, HasSubstr("Content-Encoding: gzip\r\n"));
  GunzipError error{};
  EXPECT_TRUE(Gunzip(Body(compressed), whole.size(), error) == whole);
}

TEST_F(ServerTest, DecodesBodies) {
  RawClient client(server_.port());
  EXPECT_EQ(Body(client.Exchange(Post("/echo", Gzip("squeezed"), "Content-Encoding: gzip\r\n"))), "squeezed");
  EXPECT_EQ(Body(client.Exchange("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")),
            "abcde");
  EXPECT_THAT(client.Exchange(Post("/echo", "garbage", "Content-Encoding: gzip\r\n")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(client.Exchange(Post("/echo", "x", "Content-Encoding: br\r\n")), StartsWith("HTTP/1.1 415 "));
  EXPECT_THAT(client.Exchange(Post("/echo", Gzip(std::string(2'000'000, 'x')), "Content-Encoding: gzip\r\n")),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, SaysContinueToAClientThatWaitsForIt) {
  RawClient client(server_.port());
  client.Send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 100 Continue\r\n"));
  EXPECT_EQ(Body(client.Exchange("body")), "body");
}

TEST_F(ServerTest, AnswersGarbageWith400AndGoesOnServing) {
  for (const auto* garbage :
       {"\x16\x03\x01\x02\x01\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n",
        "GET /hello HTTP/1.1\r\nno colon\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: test\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n", "GET /hello HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    RawClient client(server_.port());
    EXPECT_THAT(client.Exchange(garbage), HasSubstr(" 400 ")) << garbage;
  }
  EXPECT_EQ(server_.stats().bad_requests, 8);
  RawClient client(server_.port());
  EXPECT_EQ(Body(client.Exchange(Get("/hello"))), "hello");
}

TEST_F(ServerTest, TakesNoHarmFromClientsThatLeaveInTheMiddle) {
  for (const auto* part :
       {"", "G", "GET /hello HTTP/1.1\r\nHos", "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nabc"}) {
    RawClient client(server_.port());
    client.Send(part);
    client.FinishSending();
    EXPECT_TRUE(client.IsClosed()) << part;
  }
  for (int i = 0; i < 20; ++i) RawClient(server_.port()).Send(Get("/large"));
  RawClient client(server_.port());
  EXPECT_EQ(Body(client.Exchange(Get("/hello"))), "hello");
  EXPECT_EQ(server_.stats().bad_requests, 0);
}

TEST(Server, EndsTheConnectionInTheMiddleOfABodyWhenAHandlerWantsThat) {
  Server server;
  server.Handle("GET", "/broken", [](const Request& request) {
    Response response = TextResponse(std::string(5'000, request.head ? 'h' : 'g'));
    response.break_after = 2'000;
    return response;
  });
  server.Start();
  RawClient client(server.port());
  EXPECT_EQ(client.Exchange(Get("/broken", "Accept-Encoding: gzip\r\n")), "") << "a whole response";
  EXPECT_THAT(client.received(), HasSubstr("Content-Length: 5000"));
  EXPECT_THAT(client.received(), EndsWith("\r\n\r\n" + std::string(2'000, 'g')));
}

TEST(Server, NamesTheAddressAndTheReasonWhenItCannotListen) {
  Server first;
  first.Start();
  Server second({.port = first.port()});
  const auto address = "127.0.0.1:" + std::to_string(first.port());
  EXPECT_EQ(first.url(), "http://" + address);
  try {
    second.Start();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "cannot listen on " + address + ": Address already in use");
  }
}

TEST(Server, ListensOnAnIpv6Address) {
  for (const auto* address : {"::1", "[::1]"}) {
    Server server({.address = address});
    try {
      server.Start();
    } catch (const std::runtime_error& error) {
      GTEST_SKIP() << "this machine has no IPv6: " << error.what();
    }
    EXPECT_THAT(server.url(), StartsWith("http://[::1]:"));
  }
}

TEST(Server, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(Server({.address = "nowhere"}), std::invalid_argument);
  EXPECT_THROW(Server({.address = ""}), std::invalid_argument);
  EXPECT_THROW(Server({.threads = 0}), std::invalid_argument);
  EXPECT_THROW(Server({.max_connections = 0}), std::invalid_argument);
  Server server;
  server.Start();
  EXPECT_THROW(server.Handle("GET", "/late", [](const Request&) { return Response(); }), std::logic_error);
  EXPECT_THROW(server.Start(), std::logic_error);
}

}  // namespace
}  // namespace guildscope::http
