#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <set>

#include "guildscope/http/handler_pool.hpp"
#include "guildscope/http/server.hpp"

namespace guildscope::http {

class Session;

/// What a server's sessions share. Internal to the server.
///
/// Threads: `io` runs on one thread; `sessions` and `refusals` belong to it; the rest is constant after the start or
/// atomic. Lifetime: held by the server, by each session's coroutine and, while they hand in an answer, by handler
/// threads.
struct Service {
  struct Counters {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> evicted{0};
    std::atomic<std::uint64_t> timeouts{0};
    std::atomic<std::uint64_t> bad_requests{0};
    std::atomic<std::uint64_t> overloaded{0};
    std::atomic<std::uint64_t> handler_errors{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> abandoned_handlers{0};
    std::atomic<std::size_t> open_connections{0};
  };

  explicit Service(ServerOptions o) : options(std::move(o)) {}

  const ServerOptions options;
  Router router;
  boost::asio::io_context io{1};
  std::unique_ptr<HandlerPool> pool;
  std::stop_source stop;  // also tells sessions not to keep connections alive
  std::set<Session*> sessions;
  std::set<Session*> refusals;  // connections over the limit that are being told so
  Counters counters;
};

/// Calls the handler, turns an exception into a 500, and compresses the answer when the client wants that.
[[nodiscard]] Response Answer(const Router::Route& route, const Request& request, Service::Counters& counters);

}  // namespace guildscope::http
