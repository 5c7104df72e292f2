#include "apps/discord_standin/gateway_socket.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>

#include "apps/discord_standin/zlib_stream.hpp"

namespace standin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using beast::error_code;
using Upgrade = http::request<http::string_body>;

constexpr std::chrono::seconds kHandshakeLimit{15};
/// How long a client that was told to go may keep the connection open.
constexpr std::chrono::seconds kGoodbye{2};
constexpr std::size_t kMostMessageBytes = std::size_t{64} * 1024;
/// A client that reads more slowly than this much lies waiting is cut off, as at Discord; it may resume.
constexpr std::size_t kMostQueued = 20'000;

bool Asks(const Upgrade& upgrade, beast::string_view parameter) {
  return upgrade.target().find(parameter) != beast::string_view::npos;
}

class GatewaySocket : public GatewayTransport, public std::enable_shared_from_this<GatewaySocket> {
 public:
  GatewaySocket(TlsStream stream, Upgrade upgrade, TransportOwner& owner, bool may_compress)
      : socket_(std::move(stream)), upgrade_(std::move(upgrade)), timer_(socket_.get_executor()), owner_(owner) {
    if (may_compress && Asks(upgrade_, "compress=zlib-stream")) compressor_ = std::make_unique<ZlibStream>();
  }

  void Start() {
    auto limits = websocket::stream_base::timeout::suggested(beast::role_type::server);
    limits.idle_timeout = websocket::stream_base::none();  // Heartbeats are the Gateway's own.
    limits.handshake_timeout = kHandshakeLimit;
    socket_.set_option(limits);
    socket_.read_message_max(kMostMessageBytes);
    socket_.async_accept(upgrade_, [self = shared_from_this()](error_code error) {
      if (error) return;
      self->open_ = true;
      self->owner_.Opened(*self);
      self->Read();
    });
  }

  void Send(std::string payload, std::function<void()> written) override {
    if (!open_ || ending_) return;
    if (queue_.size() == kMostQueued) return Drop();
    queue_.push_back({std::move(payload), std::move(written)});
    if (!writing_) Write();
  }

  void Close(unsigned code, const std::string& reason) override {
    if (ending_) return;
    ending_ = true;
    close_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason);
    if (!writing_) SendClose();
  }

  void Drop() override {
    if (ending_) return;
    ending_ = true;
    queue_.clear();
    if (!writing_) HalfClose();
  }

 private:
  struct Outgoing {
    std::string payload;
    std::function<void()> written;
  };

  void Read() {
    socket_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) { self->OnRead(error); });
  }

  void OnRead(error_code error) {
    if (error) return End(error == websocket::error::closed ? static_cast<unsigned>(socket_.reason().code) : 0);
    const std::string text = beast::buffers_to_string(buffer_.data());
    buffer_.consume(buffer_.size());
    // What comes after we have ended the connection is read only to see its end.
    if (!ending_) owner_.Received(*this, text);
    if (open_) Read();
  }

  void Write() {
    writing_ = true;
    frame_ = compressor_ ? compressor_->Compress(queue_.front().payload) : std::move(queue_.front().payload);
    socket_.binary(compressor_ != nullptr);
    socket_.async_write(asio::buffer(frame_),
                        [self = shared_from_this()](error_code error, std::size_t) { self->OnWritten(error); });
  }

  void OnWritten(error_code error) {
    writing_ = false;
    if (error) return End(0);
    // A Drop meanwhile has emptied the queue; the frame itself has still gone out.
    if (!queue_.empty()) {
      const auto written = std::move(queue_.front().written);
      queue_.pop_front();
      if (written) written();
    }
    if (!queue_.empty()) return Write();
    if (!ending_) return;
    if (close_) {
      SendClose();
    } else {
      HalfClose();
    }
  }

  void SendClose() {
    LimitGoodbye();
    socket_.async_close(*close_, [self = shared_from_this()](error_code) { self->End(0); });
  }

  /// Says at TCP's level that nothing more comes: the client still reads everything that was written, which a reset
  /// would take from it, and the ledger would be wrong.
  void HalfClose() {
    LimitGoodbye();
    error_code ignored;
    beast::get_lowest_layer(socket_).socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  }

  void LimitGoodbye() {
    timer_.expires_after(kGoodbye);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->End(0);
    });
  }

  void End(unsigned client_code) {
    if (!open_) return;
    open_ = false;
    ending_ = true;
    timer_.cancel();
    error_code ignored;
    beast::get_lowest_layer(socket_).socket().close(ignored);
    owner_.Closed(*this, client_code);
  }

  websocket::stream<TlsStream> socket_;
  const Upgrade upgrade_;
  asio::steady_timer timer_;
  TransportOwner& owner_;
  std::unique_ptr<ZlibStream> compressor_;
  beast::flat_buffer buffer_;
  std::deque<Outgoing> queue_;
  std::string frame_;
  std::optional<websocket::close_reason> close_;
  bool open_ = false;
  bool ending_ = false;
  bool writing_ = false;
};

/// Refuses what the Gateway of this port does not speak, in words, instead of a session that the client cannot read.
class Refusal : public std::enable_shared_from_this<Refusal> {
 public:
  Refusal(TlsStream stream, const Upgrade& upgrade, std::string why)
      : stream_(std::move(stream)), response_(http::status::bad_request, upgrade.version()) {
    response_.body() = std::move(why);
    response_.keep_alive(false);
    response_.prepare_payload();
  }

  void Start() {
    http::async_write(stream_, response_, [self = shared_from_this()](error_code, std::size_t) {});
  }

 private:
  TlsStream stream_;
  http::response<http::string_body> response_;
};

}  // namespace

void ServeGateway(TlsStream stream, Upgrade upgrade, Discord& discord) {
  if (Asks(upgrade, "encoding=etf") || Asks(upgrade, "compress=zstd-stream")) {
    std::make_shared<Refusal>(std::move(stream), upgrade, "accepted: encoding=json, compress=zlib-stream or none")
        ->Start();
    return;
  }
  std::make_shared<GatewaySocket>(std::move(stream), std::move(upgrade), discord.gateway, true)->Start();
}

void ServeVoice(TlsStream stream, Upgrade upgrade, Discord& discord) {
  std::make_shared<GatewaySocket>(std::move(stream), std::move(upgrade), discord.voice, false)->Start();
}

}  // namespace standin
