#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "guildscope/base/byte_chain.hpp"

namespace guildscope::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// One request, whole: the server calls a handler only when the body has arrived.
struct Request {
  std::string method;    ///< As sent, except that HEAD arrives as GET.
  bool head = false;     ///< It was HEAD: the answer goes out without its body.
  std::string path;      ///< Percent-decoded, without the query; begins with '/', and has no `.` or `..` segment.
  std::string tail;      ///< What the `*` of the handler's pattern stood for; empty for an exact pattern.
  Fields query;          ///< Decoded name and value, in order.
  Fields headers;        ///< As sent, in order.
  std::string body;      ///< Decoded when it was sent with `Content-Encoding: gzip`; the header is kept.
  std::string remote;    ///< The client's address and port.
  std::stop_token stop;  ///< Requested when the server stops: a handler that takes long watches it.

  /// The first header of that name, whatever its case; empty when there is none.
  [[nodiscard]] std::string_view Header(std::string_view name) const& noexcept;
  std::string_view Header(std::string_view name) const&& = delete;

  /// The first query parameter of that name.
  [[nodiscard]] std::optional<std::string_view> Query(std::string_view name) const& noexcept;
  std::optional<std::string_view> Query(std::string_view name) const&& = delete;
};

/// What a handler answers. Content-Length, Connection, Date and, where it applies, Content-Encoding are the server's.
struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  Fields headers;
  /// A long body, sent from where it is; `body` is empty then.
  std::shared_ptr<const ByteChain> chain = nullptr;
  /// Ends the connection after so many bytes of `body`: a fault, for servers that stand in for others.
  std::optional<std::size_t> break_after{};
};

using Handler = std::function<Response(const Request&)>;

/// `json` is serialized JSON, sent as it is.
[[nodiscard]] Response JsonResponse(std::string json, unsigned status = 200);
[[nodiscard]] Response TextResponse(std::string text, unsigned status = 200);

/// {"error":"<message>"}.
[[nodiscard]] Response ErrorResponse(unsigned status, std::string_view message);

/// A request target in parts; nullopt when it is not a path (`*`, an authority), has a broken escape, a NUL, or a `.`
/// or `..` segment.
struct Target {
  std::string path;
  Fields query;
};
[[nodiscard]] std::optional<Target> ParseTarget(std::string_view target);

}  // namespace guildscope::http
