#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace guildscope::testing {

struct HttpResponse {
  int status = 0;
  /// Names in lower case; values of repeated ones joined by ", ".
  std::map<std::string, std::string> headers;
  std::string body;  ///< Transfer coding undone, content coding (gzip) not.
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  std::map<std::string, std::string> headers{};
  std::string body{};
  std::chrono::milliseconds limit{30'000};  ///< For the whole exchange.
};

/// One HTTP/1.1 request to 127.0.0.1, for tests of servers: a connection a call, blocking.
///
/// Threads: any. Throws std::runtime_error that names the request when there is no connection, no answer in time, or an
/// answer that is no HTTP. Not for anything but loopback.
HttpResponse Send(std::uint16_t port, const HttpRequest& request);

inline HttpResponse Get(std::uint16_t port, std::string_view target) {
  return Send(port, {.target = std::string(target)});
}

inline HttpResponse Post(std::uint16_t port, std::string_view target, std::string_view body,
                         std::string_view content_type = "application/json") {
  return Send(port, {.method = "POST",
                     .target = std::string(target),
                     .headers = {{"content-type", std::string(content_type)}},
                     .body = std::string(body)});
}

}  // namespace guildscope::testing
