#include "apps/discord_standin/rest_connection.hpp"

#include <memory>
#include <optional>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "apps/discord_standin/gateway_socket.hpp"
#include "apps/discord_standin/rest.hpp"
#include "guildscope/base/discord_routes.hpp"

namespace standin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using beast::error_code;
using std::chrono::milliseconds;

constexpr std::size_t kMostBodyBytes = std::size_t{32} * 1024 * 1024;
constexpr std::chrono::seconds kHandshakeLimit{15};
constexpr std::chrono::seconds kIdleLimit{120};
constexpr std::chrono::seconds kWriteLimit{60};

using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

std::string Text(beast::string_view view) { return {view.data(), view.size()}; }

HttpResponse MakeResponse(const HttpRequest& request, const RestAnswer& answer) {
  HttpResponse response(static_cast<http::status>(answer.status), request.version());
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  if (!answer.body.is_null()) {
    response.set(http::field::content_type, "application/json");
    response.body() = answer.body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  response.keep_alive(request.keep_alive());
  if (answer.status != 204) response.prepare_payload();
  return response;
}

/// Whether an upgrade is meant for a voice server. Where the names of Discord lead here it says so by its host; a
/// client that was given our own address says so by asking for a version that only voice still has.
bool IsForVoice(const HttpRequest& upgrade) {
  const std::string host = Text(upgrade[http::field::host]);
  const std::string target = Text(upgrade.target());
  if (host.find(".discord.media") != std::string::npos) return true;
  return target.find("encoding=") == std::string::npos &&
         (target.find("v=8") != std::string::npos || target.find("v=7") != std::string::npos ||
          target.find("v=4") != std::string::npos);
}

class RestConnection : public std::enable_shared_from_this<RestConnection> {
 public:
  RestConnection(TlsStream stream, Discord& discord)
      : stream_(std::move(stream)), delay_(stream_.get_executor()), discord_(discord) {}

  void Start() {
    beast::get_lowest_layer(stream_).expires_after(kHandshakeLimit);
    stream_.async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
      if (!error) self->Read();
    });
  }

 private:
  void Read() {
    parser_.emplace();
    parser_->body_limit(kMostBodyBytes);
    beast::get_lowest_layer(stream_).expires_after(kIdleLimit);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) { self->OnRead(error); });
  }

  void OnRead(error_code error) {
    if (error) return Close();
    request_ = parser_->release();
    if (beast::websocket::is_upgrade(request_)) {
      beast::get_lowest_layer(stream_).expires_never();
      const auto serve = IsForVoice(request_) ? ServeVoice : ServeGateway;
      serve(std::move(stream_), std::move(request_), discord_);
      return;
    }
    rest_ = {Text(request_.method_string()), Text(request_.target()), Text(request_[http::field::authorization]),
             Text(request_[http::field::content_type]), request_.body()};
    endpoint_ = guildscope::RouteTemplate(rest_.target);
    const RestFaults faults = discord_.faults.TakeRest(endpoint_);
    if (faults.outcome && faults.outcome->kind == FaultKind::kDropSocket) {
      discord_.ledger.RestDropped(rest_.method, endpoint_);
      return Close();
    }
    if (faults.delay == milliseconds(0)) return Answer(faults.outcome);
    // The stream's own time limit must not end a request that is slow on purpose.
    beast::get_lowest_layer(stream_).expires_never();
    delay_.expires_after(faults.delay);
    delay_.async_wait([self = shared_from_this(), outcome = faults.outcome](error_code) { self->Answer(outcome); });
  }

  void Answer(const std::optional<Fault>& fault) {
    const RestAnswer answer = fault ? FaultAnswer(discord_, rest_, *fault) : ServeRest(discord_, rest_);
    if (answer.status == 429) {
      for (const auto& [name, value] : answer.headers) {
        if (name == "X-RateLimit-Scope") scope_ = value;
      }
    }
    response_ = MakeResponse(request_, answer);
    beast::get_lowest_layer(stream_).expires_after(kWriteLimit);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](error_code error, std::size_t) { self->OnWritten(error); });
  }

  void OnWritten(error_code error) {
    if (error) {
      discord_.ledger.RestAborted(endpoint_);
      return Close();
    }
    discord_.ledger.RestAnswered(rest_.method, endpoint_, response_.result_int());
    if (response_.result_int() == 429) discord_.ledger.RateLimited(endpoint_, scope_);
    if (response_.keep_alive()) return Read();
    beast::get_lowest_layer(stream_).expires_after(kHandshakeLimit);
    stream_.async_shutdown([self = shared_from_this()](error_code) { self->Close(); });
  }

  void Close() {
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
  }

  TlsStream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpRequest request_;
  HttpResponse response_;
  RestRequest rest_;
  std::string endpoint_;
  std::string scope_;
  asio::steady_timer delay_;
  Discord& discord_;
};

}  // namespace

void ServeConnection(TlsStream stream, Discord& discord) {
  std::make_shared<RestConnection>(std::move(stream), discord)->Start();
}

}  // namespace standin
