#include "guildscope/testing/tcp_relay.hpp"

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <set>
#include <stdexcept>
#include <string>

#include "guildscope/base/thread.hpp"

namespace guildscope::testing {
namespace {

namespace asio = boost::asio;
using namespace std::string_literals;
using asio::ip::tcp;
using Error = boost::system::error_code;

}  // namespace

struct TcpRelay::Impl {
  /// A client and the server behind it. Kept alive by its own pending operations.
  struct Connection : std::enable_shared_from_this<Connection> {
    Connection(Impl& owner, tcp::socket accepted)
        : impl(owner), mode(owner.mode), client(std::move(accepted)), server(owner.context) {}

    void Close() {
      Error ignored;
      for (asio::steady_timer* timer : {&to_server_timer, &to_client_timer}) timer->cancel();
      client.close(ignored);
      server.close(ignored);
      impl.open.erase(shared_from_this());
    }

    void Connect() {
      auto self = shared_from_this();
      server.async_connect(impl.target, [self](Error error) {
        if (error) return self->Close();
        self->Pump(self->client, self->server, self->to_server, &self->impl.bytes);
        self->Pump(self->server, self->client, self->to_client, nullptr);
      });
    }

    void Pump(tcp::socket& from, tcp::socket& to, std::array<char, 16'384>& buffer, std::atomic<std::uint64_t>* count) {
      auto self = shared_from_this();
      const std::size_t most = mode == Mode::kTrickle ? 1 : mode == Mode::kResetLate ? kLateBytes : buffer.size();
      from.async_read_some(asio::buffer(buffer, most), [=, this, &from, &to, &buffer](Error error, std::size_t size) {
        if (error) return self->Close();
        if (count != nullptr) count->fetch_add(size);
        if (mode == Mode::kResetLate && count != nullptr && (passed += size) >= kLateBytes) {
          Error ignored;
          client.set_option(asio::socket_base::linger(true, 0), ignored);
          return self->Close();
        }
        asio::async_write(to, asio::buffer(buffer.data(), size),
                          [=, this, &from, &to, &buffer](Error write_error, std::size_t) {
                            if (write_error) return self->Close();
                            if (mode != Mode::kTrickle) return self->Pump(from, to, buffer, count);
                            asio::steady_timer& timer = count != nullptr ? to_server_timer : to_client_timer;
                            timer.expires_after(std::chrono::seconds(1));
                            timer.async_wait([=, &from, &to, &buffer](Error cancelled) {
                              if (!cancelled) self->Pump(from, to, buffer, count);
                            });
                          });
      });
    }

    void Answer(const std::string& text) {
      auto self = shared_from_this();
      auto kept = std::make_shared<std::string>(text);
      asio::async_write(client, asio::buffer(*kept), [self, kept](Error, std::size_t) { self->Close(); });
    }

    static constexpr std::size_t kLateBytes = 200;

    Impl& impl;
    const Mode mode;
    tcp::socket client;
    tcp::socket server;
    asio::steady_timer to_server_timer{impl.context};
    asio::steady_timer to_client_timer{impl.context};
    std::size_t passed = 0;
    std::array<char, 16'384> to_server;
    std::array<char, 16'384> to_client;
  };

  explicit Impl(std::uint16_t port)
      : target(asio::ip::address_v4::loopback(), port),
        acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        listening(acceptor.local_endpoint().port()) {
    Accept();
    thread = StartThread<std::jthread>("gs-relay", [this] { context.run(); });
  }
  ~Impl() {
    asio::post(context, [this] {
      Error ignored;
      acceptor.close(ignored);
      CloseAll();
      work.reset();
    });
    thread.join();
  }

  void CloseAll() {
    const auto connections = open;
    for (const auto& connection : connections) connection->Close();
  }

  void Accept() {
    acceptor.async_accept([this](Error error, tcp::socket socket) {
      if (error) return;
      accepted.fetch_add(1);
      OnAccepted(std::move(socket));
      Accept();
    });
  }

  void OnAccepted(tcp::socket socket) {
    auto connection = std::make_shared<Connection>(*this, std::move(socket));
    open.insert(connection);
    switch (mode) {
      case Mode::kPass:
      case Mode::kResetLate:
      case Mode::kTrickle:
        return connection->Connect();
      case Mode::kBlackHole:
        return;
      case Mode::kGarbage:
        return connection->Answer("\x00\xff garbage \x7f\r\n\r\n"s);
      case Mode::kReset:
        connection->client.set_option(asio::socket_base::linger(true, 0));
        return connection->Close();
      case Mode::kRefuse:
        return connection->Close();
    }
  }

  void Change(Mode to) {
    const bool refused = mode == Mode::kRefuse;
    mode = to;
    CloseAll();
    if (refused == (to == Mode::kRefuse)) return;
    if (refused) {
      acceptor.listen();
      return Accept();
    }
    // Bound and not listening: connections are refused, and nobody else gets the port.
    acceptor.close();
    acceptor.open(tcp::v4());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind({asio::ip::address_v4::loopback(), listening});
  }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};  // also while it refuses
  const tcp::endpoint target;
  tcp::acceptor acceptor;
  const std::uint16_t listening;
  Mode mode = Mode::kPass;                     // of the relay's thread
  std::set<std::shared_ptr<Connection>> open;  // of the relay's thread
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> accepted{0};
  std::jthread thread;
};

TcpRelay::TcpRelay(std::uint16_t port) : impl_(std::make_unique<Impl>(port)) {}
TcpRelay::~TcpRelay() = default;

std::uint16_t TcpRelay::port() const noexcept { return impl_->listening; }

void TcpRelay::SetMode(Mode mode) {
  asio::post(impl_->context, [impl = impl_.get(), mode] { impl->Change(mode); });
}

std::uint64_t TcpRelay::bytes_sent() const noexcept { return impl_->bytes.load(); }
std::uint64_t TcpRelay::connections() const noexcept { return impl_->accepted.load(); }

}  // namespace guildscope::testing
