#include "tests/otlp/https_collector.hpp"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <thread>

namespace guildscope {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct HttpsCollector::Impl {
  Impl(const std::string& certificate, const std::string& key, const std::string& client_authorities) {
    tls.use_certificate_chain_file(certificate);
    tls.use_private_key_file(key, asio::ssl::context::pem);
    tls.load_verify_file(client_authorities);
    tls.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    thread = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) Serve();
    });
  }

  ~Impl() {
    thread.request_stop();
    boost::system::error_code ignored;
    tcp::socket(context).connect(acceptor.local_endpoint(), ignored);  // wakes the accept
  }

  void Serve() {
    boost::system::error_code error;
    asio::ssl::stream<tcp::socket> stream(context, tls);
    acceptor.accept(stream.next_layer(), error);
    if (!error) stream.handshake(asio::ssl::stream_base::server, error);
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    if (!error) http::read(stream, buffer, request, error);
    if (error) return;
    requests.fetch_add(1);
    http::response<http::empty_body> response(http::status::ok, request.version());
    response.keep_alive(false);
    response.prepare_payload();
    http::write(stream, response, error);
    stream.shutdown(error);
  }

  asio::io_context context;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::atomic<std::uint64_t> requests{0};
  std::jthread thread;
};

HttpsCollector::HttpsCollector(const std::string& certificate, const std::string& key,
                               const std::string& client_authorities)
    : impl_(std::make_unique<Impl>(certificate, key, client_authorities)) {}
HttpsCollector::~HttpsCollector() = default;

std::string HttpsCollector::url() const {
  return "https://127.0.0.1:" + std::to_string(impl_->acceptor.local_endpoint().port()) + "/v1/traces";
}

std::uint64_t HttpsCollector::requests() const { return impl_->requests.load(); }

}  // namespace guildscope
