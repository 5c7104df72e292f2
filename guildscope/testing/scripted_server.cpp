#include "guildscope/testing/scripted_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace guildscope::testing {
namespace {

constexpr std::string_view kHeadersEnd = "\r\n\r\n";

std::string ToLower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

SeenRequest ParseHead(std::string_view head) {
  SeenRequest request;
  const std::string line(head.substr(0, head.find("\r\n")));
  const std::size_t first = line.find(' ');
  const std::size_t second = line.rfind(' ');
  if (first == std::string::npos || first == second) return request;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  while (true) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return request;
    head.remove_prefix(end + 2);
    const std::string_view field = head.substr(0, head.find("\r\n"));
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = field.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    request.headers[ToLower(std::string(field.substr(0, colon)))] = value;
  }
}

/// False when the connection ended first.
bool ReadRequest(int fd, std::string& buffer, SeenRequest& request) {
  const auto more = [&] {
    char bytes[4096];
    const ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer.append(bytes, static_cast<std::size_t>(count));
    return true;
  };
  std::size_t end = 0;
  while ((end = buffer.find(kHeadersEnd)) == std::string::npos) {
    if (!more()) return false;
  }
  request = ParseHead(std::string_view(buffer).substr(0, end + 2));
  buffer.erase(0, end + kHeadersEnd.size());
  const auto length = request.headers.find("content-length");
  const std::size_t size = length == request.headers.end() ? 0 : std::strtoul(length->second.c_str(), nullptr, 10);
  while (buffer.size() < size) {
    if (!more()) return false;
  }
  request.body = buffer.substr(0, size);
  buffer.erase(0, size);
  return true;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

std::string MakeAnswer(int status, std::string_view body, const std::map<std::string, std::string>& headers) {
  std::string answer = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
  bool has_length = false;
  for (const auto& [name, value] : headers) {
    answer.append(name).append(": ").append(value).append("\r\n");
    has_length = has_length || ToLower(name) == "content-length" || ToLower(name) == "transfer-encoding";
  }
  if (!has_length) answer += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return answer.append("\r\n").append(body);
}

struct ScriptedServer::Impl {
  explicit Impl(Script answer) : script(std::move(answer)), listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (listener < 0 || bind(listener, generic, size) != 0 || listen(listener, 256) != 0 ||
        getsockname(listener, generic, &size) != 0) {
      throw std::runtime_error("the scripted server cannot listen on 127.0.0.1");
    }
    port = ntohs(address.sin_port);
    acceptor = std::thread([this] { Accept(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
      for (const int fd : open) shutdown(fd, SHUT_RDWR);
    }
    shutdown(listener, SHUT_RDWR);
    acceptor.join();
    for (std::thread& thread : threads) thread.join();
    close(listener);
  }

  void Accept() {
    while (true) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      const std::lock_guard lock(mutex);
      if (fd < 0 || ending) {
        if (fd >= 0) close(fd);
        if (ending || fd < 0) return;
      }
      open.insert(fd);
      threads.emplace_back([this, fd, number = ++connections] { Serve(fd, number); });
    }
  }

  void Serve(int fd, std::uint64_t number) {
    std::string buffer;
    SeenRequest request;
    bool reset = false;
    while (ReadRequest(fd, buffer, request)) {
      request.connection = number;
      const ScriptedAnswer answer = Answer(request);
      if (!SendAll(fd, answer.bytes) || answer.then == ScriptedAnswer::Then::kClose) break;
      reset = answer.then == ScriptedAnswer::Then::kReset;
      if (reset) break;
      if (answer.then == ScriptedAnswer::Then::kHold) {
        char ignored[256];
        while (recv(fd, ignored, sizeof ignored, 0) > 0) {
        }
        break;
      }
    }
    const std::lock_guard lock(mutex);
    open.erase(fd);
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    if (reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
  }

  ScriptedAnswer Answer(const SeenRequest& request) {
    {
      const std::lock_guard lock(mutex);
      seen.push_back(request);
    }
    const std::lock_guard lock(script_mutex);
    return script(request);
  }

  const Script script;  // called with script_mutex
  const int listener;
  std::uint16_t port = 0;
  std::mutex script_mutex;
  std::mutex mutex;
  bool ending = false;               // guarded by mutex
  std::set<int> open;                // guarded by mutex
  std::vector<SeenRequest> seen;     // guarded by mutex
  std::uint64_t connections = 0;     // guarded by mutex
  std::vector<std::thread> threads;  // the acceptor's, until it has ended
  std::thread acceptor;
};

ScriptedServer::ScriptedServer(Script script) : impl_(std::make_unique<Impl>(std::move(script))) {}
ScriptedServer::~ScriptedServer() = default;

std::uint16_t ScriptedServer::port() const noexcept { return impl_->port; }
std::string ScriptedServer::url() const { return "http://127.0.0.1:" + std::to_string(port()); }

std::vector<SeenRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->seen;
}

std::uint64_t ScriptedServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections;
}

}  // namespace guildscope::testing
