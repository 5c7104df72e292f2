#include "apps/discord_standin/discord_server.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>

#include <boost/asio/buffer.hpp>

#include "apps/discord_standin/rest_connection.hpp"
#include "apps/discord_standin/tls_stream.hpp"

namespace standin {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

/// HTTP/1.1 is all there is; clients that offer HTTP/2 as well must be told so.
int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                   unsigned int offered_length, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kHttp11, sizeof kHttp11, offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

asio::ssl::context MakeContext(const Certificates& certificates) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_3_VERSION);
  SSL_CTX_set_alpn_select_cb(context.native_handle(), ChooseProtocol, nullptr);
  context.use_certificate_chain(asio::buffer(certificates.certificate_pem));
  context.use_private_key(asio::buffer(certificates.key_pem), asio::ssl::context::pem);
  return context;
}

Tcp::acceptor Listen(asio::io_context& io, const Config& config) {
  const std::string where = config.address + ":" + std::to_string(config.port);
  try {
    const Tcp::endpoint endpoint(asio::ip::make_address(config.address), config.port);
    return Tcp::acceptor(io, endpoint);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen on " + where + ": " + error.code().message());
  }
}

}  // namespace

class DiscordServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const Config& config, const Certificates& certificates)
      : tls_(MakeContext(certificates)), acceptor_(Listen(io, config)) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void Accept(Discord& discord) {
    acceptor_.async_accept([self = shared_from_this(), &discord](error_code error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        socket.set_option(Tcp::no_delay(true), error);
        ServeConnection(TlsStream(boost::beast::tcp_stream(std::move(socket)), self->tls_), discord);
      }
      self->Accept(discord);
    });
  }

  void Close() {
    error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  asio::ssl::context tls_;
  Tcp::acceptor acceptor_;
};

DiscordServer::DiscordServer(asio::io_context& io, const Config& config, const Certificates& certificates)
    : impl_(std::make_shared<Impl>(io, config, certificates)) {}

DiscordServer::~DiscordServer() { Stop(); }

std::uint16_t DiscordServer::port() const { return impl_->port(); }

void DiscordServer::Serve(Discord& discord) { impl_->Accept(discord); }

void DiscordServer::Stop() { impl_->Close(); }

}  // namespace standin
