#include "guildscope/testing/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace guildscope::testing {
namespace {

using std::chrono::steady_clock;

class Connection {
 public:
  Connection(std::uint16_t port, std::string what, steady_clock::time_point deadline)
      : what_(std::move(what)), deadline_(deadline), fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SetLimit();
    if (fd_ < 0 || connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      const int error = errno;
      if (fd_ >= 0) close(fd_);
      errno = error;
      Fail("connect");
    }
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Write(std::string_view text) {
    while (!text.empty()) {
      SetLimit();
      const ssize_t count = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      // A server may answer and close before it has read everything (413, 431): its answer is what matters.
      if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
      if (count < 0 && errno != EINTR) Fail("send");
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// 0 at the end of the stream.
  std::size_t Read(char* data, std::size_t size) {
    for (;;) {
      SetLimit();
      const ssize_t count = recv(fd_, data, size, 0);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) Fail("recv");
    }
  }

 private:
  void SetLimit() {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline_ - steady_clock::now()).count();
    if (left <= 0) throw std::runtime_error(what_ + ": no answer in time");
    timeval value{};
    value.tv_sec = static_cast<time_t>(left / 1'000'000);
    value.tv_usec = static_cast<suseconds_t>(std::max<std::int64_t>(left % 1'000'000, 1));
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
  }

  [[noreturn]] void Fail(const char* step) const {
    const bool late = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS;
    throw std::runtime_error(what_ + ": " +
                             (late ? "no answer in time" : std::string(step) + ": " + std::strerror(errno)));
  }

  std::string what_;
  steady_clock::time_point deadline_;
  int fd_;
};

std::string ToText(const HttpRequest& request, std::uint16_t port) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                     "\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text + "\r\n" + request.body;
}

}  // namespace

HttpResponse Send(std::uint16_t port, const HttpRequest& request) {
  namespace http = boost::beast::http;
  const std::string what = request.method + " http://127.0.0.1:" + std::to_string(port) + request.target;
  Connection connection(port, what, steady_clock::now() + request.limit);
  connection.Write(ToText(request, port));

  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.skip(request.method == "HEAD");
  parser.header_limit(1024 * 1024);
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  boost::system::error_code error;
  std::string unparsed;
  std::array<char, 16384> buffer{};
  while (!parser.is_done()) {
    const std::size_t count = connection.Read(buffer.data(), buffer.size());
    if (count == 0) {
      parser.put_eof(error);
      if (error || !parser.is_done()) throw std::runtime_error(what + ": the connection was closed within the answer");
      break;
    }
    unparsed.append(buffer.data(), count);
    while (!unparsed.empty() && !parser.is_done()) {
      const std::size_t used = parser.put(boost::asio::buffer(unparsed), error);
      if (error && error != http::error::need_more) throw std::runtime_error(what + ": " + error.message());
      unparsed.erase(0, used);
      if (used == 0) break;
    }
  }

  HttpResponse response;
  auto message = parser.release();
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string& value = response.headers[name];
    if (!value.empty()) value += ", ";
    value += std::string(field.value());
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace guildscope::testing
