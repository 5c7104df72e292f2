#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "guildscope/instrumentation/curl/message.hpp"
#include "guildscope/instrumentation/curl/options.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace guildscope::curl {

/// A request that was sent. A small value that may be copied, and dropped: the request goes on.
///
/// Threads: any. Lifetime: may outlive the client.
class PendingRequest {
 public:
  PendingRequest() noexcept = default;  ///< Of no request; only for being assigned to.

  /// Waits for the end. Throws std::logic_error on the client's own thread (in a callback), where it would wait for
  /// ever.
  [[nodiscard]] HttpResult Get() const;

  /// False when it has not ended within the limit.
  [[nodiscard]] bool WaitFor(std::chrono::milliseconds limit) const;

  /// Ends it with HttpError::kCancelled as soon as the client's thread sees it, unless it ended before.
  void Cancel() const noexcept;

 private:
  friend class HttpClient;
  struct State;
  explicit PendingRequest(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// Requests to other services over HTTP, seen: everything of ours that goes out, but for Discord (D++) and the
/// telemetry itself. One thread and libcurl: connections are kept, HTTP/2 over TLS carries many requests at once. What
/// can fail for a while is tried again (guildscope/retry), and nothing is unbounded: time, size, redirects, requests
/// under way.
///
/// Every request is a CLIENT span `{method} {url template or host}`, a child of what is current where Send is called,
/// without a secret in its URL; its context goes along (`traceparent`). Metrics: `http.client.request.duration`,
/// `http.client.active_requests`, `guildscope.http_client.*`, `guildscope.retry.attempts`.
///
/// Not for bodies that do not fit into memory, and no guard against URLs that a user may choose (SSRF): it goes
/// wherever the URL says, also into the local network. Proxies are taken from the environment, as libcurl does.
///
/// Cost: a thread; a handle of libcurl and the bodies for each request under way. Threads: any. Lifetime: the telemetry
/// must outlive it. The destructor ends what is under way with HttpError::kClosed, at once but for what the callbacks
/// take.
class HttpClient {
 public:
  using Done = std::function<void(const HttpResult&)>;

  /// Throws std::invalid_argument for options that make no sense, std::runtime_error for a `ca_file` that cannot be
  /// read or when libcurl or a thread cannot be started.
  explicit HttpClient(Telemetry& telemetry, HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Never blocks, never throws for what the request says: problems are results too. `done` is called once, in the
  /// trace context of this call, on the client's thread: it must be quick, and must not destroy the client. (A request
  /// that is not taken ends before Send returns, on the thread that called it.)
  PendingRequest Send(HttpRequest request, Done done = {});

  /// Takes no more requests, and ends those under way with HttpError::kClosed. Idempotent. Not in a callback.
  void Close();

  [[nodiscard]] const HttpClientOptions& options() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::curl
