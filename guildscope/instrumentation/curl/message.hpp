#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "guildscope/retry/policy.hpp"

namespace guildscope::curl {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// What one request may take. Durations are positive; what passes a limit ends with an error and is counted as one.
struct HttpLimits {
  std::chrono::milliseconds connect_timeout{5'000};   ///< Name look-up, TCP and TLS.
  std::chrono::milliseconds attempt_timeout{15'000};  ///< Of one attempt, its wait for a connection included.
  std::chrono::milliseconds total_timeout{60'000};    ///< Of the whole call, retries and their waits included.
  /// Slower than this for `slow_time`, the wait for the response included, is a timeout; 0: never.
  std::size_t slowest_bytes_per_second = 10;
  std::chrono::seconds slow_time{30};
  std::size_t max_body_bytes = 8 * 1024 * 1024;  ///< Of a response, after decompression.
  std::size_t max_header_bytes = 64 * 1024;      ///< Of a response.
  int max_redirects = 5;                         ///< 0: a redirect is the response.
};

struct HttpRequest {
  std::string method = "GET";
  std::string url{};  ///< `http` or `https`.
  /// The path with its variable parts named, `/v1/tracks/{id}`: names the span. Never a value, for it must stay one of
  /// few.
  std::string url_template{};
  Headers headers{};  ///< Their values never appear in telemetry.
  std::string body{};
  /// May be sent twice without harm. Unset: as the method says (GET, HEAD, OPTIONS, TRACE, PUT, DELETE).
  std::optional<bool> idempotent{};
  std::optional<HttpLimits> limits{};      ///< Unset: the client's.
  std::optional<retry::Policy> retries{};  ///< Unset: the client's.
};

/// Why there is no (whole) response: a closed set. The name is the `error.type`.
enum class HttpError {
  kNone,
  kInvalidRequest,    ///< `invalid_request`: a URL, method, header, limit or policy that is none.
  kQueueFull,         ///< `queue_full`: the client has as many requests as it takes, of all or of this host.
  kClosed,            ///< `closed`: the client ends.
  kCancelled,         ///< `cancelled`
  kResolve,           ///< `resolve`: the host's name has no address.
  kConnect,           ///< `connect`: no connection, nothing was sent.
  kTls,               ///< `tls`: the handshake failed.
  kCertificate,       ///< `certificate`: the server is not who it should be.
  kTimeout,           ///< `timeout`: of the attempt or of the whole call, or too slow.
  kConnectionLost,    ///< `connection_lost`: reset, or ended before the response was whole.
  kProtocol,          ///< `protocol`: what came is no HTTP, or encoded wrongly.
  kTooLarge,          ///< `too_large`: the response passed a limit.
  kTooManyRedirects,  ///< `too_many_redirects`
  kRedirectRefused,   ///< `redirect_refused`: from https to http, or to another protocol.
  kOther,             ///< `other`
};

[[nodiscard]] std::string_view ToString(HttpError error) noexcept;

struct HttpResponse {
  int status = 0;     ///< 0: none came.
  Headers headers{};  ///< Names in lower case; of the last response when there were redirects.
  std::string body{};
  std::string protocol{};  ///< `1.1`, `2`.
  int redirects = 0;

  /// The first header of that name (in lower case); empty when there is none.
  [[nodiscard]] std::string_view Header(std::string_view name) const& noexcept;
  std::string_view Header(std::string_view name) const&& = delete;
};

/// What became of a request. With an error, the response is what had come until then.
struct HttpResult {
  HttpError error = HttpError::kNone;
  std::string message{};  ///< Says more about an error. Holds no secret.
  HttpResponse response{};
  int retries = 0;

  /// A whole response with a status below 400.
  [[nodiscard]] bool ok() const noexcept { return error == HttpError::kNone && response.status < 400; }
};

/// Whether two names of headers are the same, whatever their case.
[[nodiscard]] bool SameHeader(std::string_view a, std::string_view b) noexcept;

/// The method may be repeated without harm (RFC 9110, section 9.2.2).
[[nodiscard]] bool IsIdempotent(std::string_view method) noexcept;

/// Why the request cannot be sent; empty when it can. Says nothing of the URL, which may hold secrets, nor of values.
[[nodiscard]] std::string FindProblem(const HttpRequest& request);
[[nodiscard]] std::string FindProblem(const HttpLimits& limits);

}  // namespace guildscope::curl
