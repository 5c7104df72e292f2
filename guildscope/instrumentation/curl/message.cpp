#include "guildscope/instrumentation/curl/message.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>

namespace guildscope::curl {
namespace {

/// RFC 9110, section 5.6.2.
bool IsToken(std::string_view text) noexcept {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

/// A line break in a value would be a header of its own.
bool IsFieldValue(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

std::string_view ToString(HttpError error) noexcept {
  constexpr std::array<std::string_view, 16> kNames{"",
                                                    "invalid_request",
                                                    "queue_full",
                                                    "closed",
                                                    "cancelled",
                                                    "resolve",
                                                    "connect",
                                                    "tls",
                                                    "certificate",
                                                    "timeout",
                                                    "connection_lost",
                                                    "protocol",
                                                    "too_large",
                                                    "too_many_redirects",
                                                    "redirect_refused",
                                                    "other"};
  return kNames.at(std::min(static_cast<std::size_t>(error), kNames.size() - 1));
}

std::string_view HttpResponse::Header(std::string_view name) const& noexcept {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool SameHeader(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool IsIdempotent(std::string_view method) noexcept {
  constexpr std::array<std::string_view, 6> kMethods{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

std::string FindProblem(const HttpLimits& limits) {
  const auto positive = [](auto duration) { return duration.count() > 0; };
  if (!positive(limits.connect_timeout) || !positive(limits.attempt_timeout) || !positive(limits.total_timeout) ||
      !positive(limits.slow_time)) {
    return "a time limit is not positive; accepted: 1 ms and more";
  }
  if (limits.max_redirects < 0) return "max_redirects is negative; accepted: 0 and more";
  return "";
}

std::string FindProblem(const HttpRequest& request) {
  if (!IsToken(request.method) || request.method == "CONNECT")
    return "the method is none; accepted: GET, POST and the like";
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name)) return "a header's name is none; accepted: letters, digits and !#$%&'*+-.^_`|~";
    if (!IsFieldValue(value)) return "the header " + name + " has a line break or a NUL in its value";
  }
  if (request.retries) {
    try {
      retry::Check(*request.retries);
    } catch (const std::exception& error) {
      return error.what();
    }
  }
  return request.limits ? FindProblem(*request.limits) : "";
}

}  // namespace guildscope::curl
