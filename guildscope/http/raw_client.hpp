#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace guildscope::http {

/// A client for the server's tests that sends whatever bytes it is told to, right or wrong, at the moment it is told.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) {
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~RawClient() { close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False when the server has closed the connection.
  bool Send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// The next response, headers and body (as long as Content-Length says); empty when the connection ended instead.
  std::string Receive(bool has_body = true) {
    while (received_.find("\r\n\r\n") == std::string::npos) {
      if (!ReadMore()) return {};
    }
    std::size_t size = received_.find("\r\n\r\n") + 4;
    const auto length = received_.find("Content-Length: ");
    if (has_body && length < size) size += std::strtoul(received_.c_str() + length + 16, nullptr, 10);
    while (received_.size() < size) {
      if (!ReadMore()) return {};
    }
    std::string response = received_.substr(0, size);
    received_.erase(0, size);
    return response;
  }

  std::string Exchange(std::string_view request) {
    Send(request);
    return Receive();
  }

  /// Waits until the server closes. False when it sends something, or nothing for 20 s, instead.
  bool IsClosed() {
    char byte;
    return received_.empty() && recv(socket_, &byte, 1, 0) == 0;
  }

  /// Reads until the server closes, and says how much that was.
  [[nodiscard]] std::size_t Drain() {
    std::size_t size = received_.size();
    for (received_.clear(); ReadMore(); received_.clear()) size += received_.size();
    return size;
  }

  /// What came and belongs to no whole response.
  [[nodiscard]] const std::string& received() const noexcept { return received_; }

  void FinishSending() const { shutdown(socket_, SHUT_WR); }

 private:
  bool ReadMore() {
    char chunk[4096];
    const ssize_t size = recv(socket_, chunk, sizeof chunk, 0);
    if (size <= 0) return false;
    received_.append(chunk, static_cast<std::size_t>(size));
    return true;
  }

  const int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  std::string received_;
};

}  // namespace guildscope::http
