#include "guildscope/testing/http_client.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace guildscope::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Takes one connection, reads until the text it is told to expect, and sends a fixed answer in two parts.
class OneAnswer {
 public:
  OneAnswer(std::string until, std::string answer) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, until = std::move(until), answer = std::move(answer)] { Serve(until, answer); });
  }
  ~OneAnswer() {
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }

  std::uint16_t port() const { return port_; }
  std::string Request() {
    thread_.join();
    return request_;
  }

 private:
  void Serve(const std::string& until, const std::string& answer) {
    const int connection = accept(listener_, nullptr, nullptr);
    char buffer[1024];
    while (request_.find(until) == std::string::npos) {
      const ssize_t count = recv(connection, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      request_.append(buffer, static_cast<std::size_t>(count));
    }
    send(connection, answer.data(), answer.size() / 2, MSG_NOSIGNAL);
    send(connection, answer.data() + answer.size() / 2, answer.size() - answer.size() / 2, MSG_NOSIGNAL);
    close(connection);
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::string request_;
  std::thread thread_;
};

TEST(HttpClient, SendsTheRequestAndParsesTheAnswer) {
  OneAnswer server("hello", "HTTP/1.1 201 Created\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nbody");
  const HttpResponse response = Post(server.port(), "/path?x=1", "hello", "text/plain");
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "body");
  EXPECT_EQ(response.headers.at("x-one"), "1");
  const std::string request = server.Request();
  EXPECT_THAT(request, StartsWith("POST /path?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("content-type: text/plain\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Length: 5\r\n"));
}

TEST(HttpClient, UndoesChunks) {
  OneAnswer server("\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(Get(server.port(), "/").body, "abcde");
}

TEST(HttpClient, TakesABodyThatEndsWithTheConnection) {
  OneAnswer server("\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nabcde");
  EXPECT_EQ(Get(server.port(), "/").body, "abcde");
}

TEST(HttpClient, RefusesAnAnswerThatIsCut) {
  OneAnswer server("\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcde");
  EXPECT_THROW(Get(server.port(), "/"), std::runtime_error);
}

TEST(HttpClient, RefusesWhatIsNoHttp) {
  OneAnswer server("\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n");
  EXPECT_THROW(Get(server.port(), "/"), std::runtime_error);
}

TEST(HttpClient, NamesTheRequestWhenNobodyListens) {
  std::uint16_t port = 0;
  {
    OneAnswer server("\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n");
    port = server.port();
    EXPECT_EQ(Get(port, "/").status, 204);
  }
  try {
    Get(port, "/health");
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/health: connect: Connection refused"));
  }
}

TEST(HttpClient, GivesUpWhenTheAnswerDoesNotCome) {
  // A listener that never accepts: the kernel completes the handshake, and nothing more comes.
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  try {
    Send(ntohs(address.sin_port), {.limit = 20ms});
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no answer in time"));
  }
  close(listener);
}

}  // namespace
}  // namespace guildscope::testing
