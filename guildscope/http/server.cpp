#include "guildscope/http/server.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "guildscope/base/thread.hpp"
#include "guildscope/http/service.hpp"
#include "guildscope/http/session.hpp"

namespace guildscope::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
constexpr auto kCloseTimeout = std::chrono::milliseconds(500);
constexpr std::size_t kMaxRefusals = 64;  // connections that are being told 503 at once; more are closed silently

asio::ip::address ParseAddress(std::string text) {
  if (text == "localhost") text = "127.0.0.1";
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  Error error;
  const auto address = asio::ip::make_address(text, error);
  if (error) {
    throw std::invalid_argument("address '" + text + "': accepted are an IPv4 or IPv6 address, or localhost");
  }
  return address;
}

void RequireLimits(const ServerOptions& options) {
  const auto require = [](bool good, const char* name) {
    if (!good) throw std::invalid_argument(std::string(name) + " 0: accepted are values from 1");
  };
  require(options.threads > 0, "threads");
  require(options.max_connections > 0, "max_connections");
  require(options.max_header_bytes > 0, "max_header_bytes");
  require(options.max_queued_requests > 0, "max_queued_requests");
}

std::string Show(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  const bool v6 = endpoint.address().is_v6();
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Impl> {
  explicit Impl(ServerOptions options)
      : endpoint(ParseAddress(options.address), options.port), service(std::make_shared<Service>(std::move(options))) {}

  void Listen();
  void Accept();
  void Welcome(tcp::socket socket);
  bool MakeRoom();
  void BeginStop();
  void CloseAll();

  tcp::endpoint endpoint;
  const std::shared_ptr<Service> service;
  tcp::acceptor acceptor{service->io};
  asio::steady_timer retry{service->io};
  std::atomic<std::uint16_t> port{0};
  std::mutex stop_mutex;
  bool started = false;  // guarded by stop_mutex
  std::promise<void> ended;
  std::thread thread;
};

void Server::Impl::Listen() {
  try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    endpoint = acceptor.local_endpoint();
    port = endpoint.port();
  } catch (const boost::system::system_error& error) {
    Error ignored;
    acceptor.close(ignored);
    throw std::runtime_error("cannot listen on " + Show(endpoint) + ": " + error.code().message());
  }
}

void Server::Impl::Accept() {
  acceptor.async_accept([this](const Error& error, tcp::socket socket) {
    if (!acceptor.is_open()) return;
    if (!error) {
      Welcome(std::move(socket));
      return Accept();
    }
    // Out of file descriptors, most likely: the next try waits for some to be closed.
    retry.expires_after(kAcceptRetry);
    retry.async_wait([this](const Error& cancelled) {
      if (!cancelled && acceptor.is_open()) Accept();
    });
  });
}

void Server::Impl::Welcome(tcp::socket socket) {
  Error ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  auto& counters = service->counters;
  const auto& options = service->options;
  if (service->sessions.size() < options.max_connections || MakeRoom()) {
    counters.accepted.fetch_add(1, std::memory_order_relaxed);
    std::make_shared<Session>(service, std::move(socket))->Start();
    return;
  }
  counters.refused.fetch_add(1, std::memory_order_relaxed);
  if (service->refusals.size() < kMaxRefusals) std::make_shared<Session>(service, std::move(socket))->Refuse();
}

/// Closes the connection that has been idle for longest. False when every one has a request.
bool Server::Impl::MakeRoom() {
  Session* longest = nullptr;
  for (Session* session : service->sessions) {
    if (session->idle_since() && (!longest || *session->idle_since() < *longest->idle_since())) longest = session;
  }
  if (!longest) return false;
  service->sessions.erase(longest);
  longest->Close();
  service->counters.evicted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void Server::Impl::BeginStop() {
  Error ignored;
  acceptor.close(ignored);
  retry.cancel();
  for (Session* session : service->refusals) session->Close();
  for (Session* session : service->sessions) {
    if (!session->answering()) session->Close();
  }
}

void Server::Impl::CloseAll() {
  for (Session* session : service->sessions) session->Close();
}

Server::Server(ServerOptions options) {
  RequireLimits(options);
  impl_ = std::make_shared<Impl>(std::move(options));
}

Server::~Server() { Stop(); }

void Server::Handle(std::string method, std::string pattern, Handler handler, Lane lane) {
  if (impl_->service->pool) throw std::logic_error("Handle " + pattern + ": the server has started");
  impl_->service->router.Add(std::move(method), std::move(pattern), std::move(handler), lane);
}

void Server::Start() {
  auto& service = *impl_->service;
  const std::lock_guard lock(impl_->stop_mutex);
  if (service.pool) throw std::logic_error("the server was started before");
  impl_->Listen();
  service.pool = std::make_unique<HandlerPool>(service.options.threads, service.options.max_queued_requests);
  impl_->Accept();
  impl_->thread = StartThread("gs-http-io", [impl = impl_.get()] {
    impl->service->io.run();
    impl->ended.set_value();
  });
  impl_->started = true;
}

std::uint16_t Server::port() const noexcept { return impl_->port; }

std::string Server::url() const { return "http://" + Show(impl_->endpoint); }

void Server::Stop() {
  const std::lock_guard lock(impl_->stop_mutex);
  if (!std::exchange(impl_->started, false)) return;
  auto& service = *impl_->service;
  const auto deadline = std::chrono::steady_clock::now() + service.options.stop_timeout;
  service.stop.request_stop();
  asio::post(service.io, [this] { impl_->BeginStop(); });
  // The io thread ends by itself when the last connection has.
  auto ended = impl_->ended.get_future();
  if (ended.wait_until(deadline) != std::future_status::ready) {
    asio::post(service.io, [this] { impl_->CloseAll(); });
    if (ended.wait_for(kCloseTimeout) != std::future_status::ready) service.io.stop();
  }
  impl_->thread.join();
  service.counters.abandoned_handlers += service.pool->Stop(deadline);
}

ServerStats Server::stats() const noexcept {
  const auto& counters = impl_->service->counters;
  return {.accepted = counters.accepted,
          .refused = counters.refused,
          .evicted = counters.evicted,
          .timeouts = counters.timeouts,
          .bad_requests = counters.bad_requests,
          .overloaded = counters.overloaded,
          .handler_errors = counters.handler_errors,
          .requests = counters.requests,
          .abandoned_handlers = counters.abandoned_handlers,
          .open_connections = counters.open_connections};
}

}  // namespace guildscope::http
