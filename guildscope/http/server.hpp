#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "guildscope/http/message.hpp"
#include "guildscope/http/router.hpp"

namespace guildscope::http {

struct ServerOptions {
  std::string address = "127.0.0.1";                ///< An IPv4 or IPv6 address (brackets allowed), or `localhost`.
  std::uint16_t port = 0;                           ///< 0: the kernel chooses; see Server::port.
  std::size_t threads = 2;                          ///< That run the handlers of Lane::kPool; at least 1.
  std::size_t max_queued_requests = 64;             ///< Requests waiting for a handler thread; more get 503.
  std::size_t max_connections = 256;                ///< More get 503, unless an idle one can be closed instead.
  std::size_t max_header_bytes = 16 * 1024;         ///< Request line and headers; more get 431.
  std::size_t max_body_bytes = 1024 * 1024;         ///< Also after decompression; more get 413.
  std::chrono::milliseconds header_timeout{5'000};  ///< From the first byte of a request to the end of its headers.
  std::chrono::milliseconds body_timeout{10'000};   ///< From there to the end of the body.
  std::chrono::milliseconds write_timeout{10'000};  ///< For the whole response.
  std::chrono::milliseconds idle_timeout{60'000};   ///< Between two requests of a connection.
  std::chrono::milliseconds stop_timeout{2'000};    ///< What Stop gives requests that are being answered.
};

/// Counts since the start, each only goes up, but for `open_connections`.
struct ServerStats {
  std::uint64_t accepted = 0;            ///< Connections, refused ones not counted.
  std::uint64_t refused = 0;             ///< Connections over max_connections.
  std::uint64_t evicted = 0;             ///< Idle connections that were closed to make room.
  std::uint64_t timeouts = 0;            ///< Connections closed because the client was too slow.
  std::uint64_t bad_requests = 0;        ///< 400, 413, 415 and 431 for what the client sent.
  std::uint64_t overloaded = 0;          ///< 503 because the handlers' queue was full.
  std::uint64_t handler_errors = 0;      ///< Handlers that threw.
  std::uint64_t requests = 0;            ///< Requests that were read whole.
  std::uint64_t abandoned_handlers = 0;  ///< Handlers that did not return within Stop's limit.
  std::size_t open_connections = 0;
};

/// A small HTTP/1.1 server for the endpoints of one process: metrics, probes, a console, a control API. Not for the
/// public internet: no TLS, no HTTP/2, and bodies are held in memory.
///
/// One thread serves every socket and never waits; handlers run on threads of their own, so a slow client or a slow
/// handler costs nothing to the others. A handler of Lane::kInline answers even while every handler thread is busy.
///
/// Cost: about 20 microseconds a request beside the handler, and a few KiB a connection.
/// Threads: Handle and Start from one thread; the rest from any. Handlers are called from several threads at once.
/// Lifetime: what the handlers capture must outlive Stop. A handler that has not returned within stop_timeout is left
/// behind (and counted): long ones watch Request::stop.
class Server {
 public:
  /// Throws std::invalid_argument for an address that is none, or a limit of 0.
  explicit Server(ServerOptions options = {});
  /// Stops.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Answers a method and a path: exact (`/health`) or everything below a prefix (`/audio/*`, the rest in
  /// Request::tail). GET answers HEAD too. Unknown paths get 404, other methods 405; an exception becomes a 500 that
  /// says nothing. Throws std::invalid_argument for a pattern that is none or taken, std::logic_error after Start.
  void Handle(std::string method, std::string pattern, Handler handler, Lane lane = Lane::kPool);

  /// Listens. Throws std::runtime_error: "cannot listen on 127.0.0.1:8080: Address already in use".
  void Start();

  /// The port it listens on; 0 before Start.
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// `http://127.0.0.1:8080`, ready to be shown.
  [[nodiscard]] std::string url() const;

  /// Closes the listener and idle connections, lets running requests be answered, and returns within stop_timeout.
  /// Idempotent.
  void Stop();

  [[nodiscard]] ServerStats stats() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace guildscope::http
