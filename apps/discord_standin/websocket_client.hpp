#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "apps/discord_standin/snowflake.hpp"

namespace standin {

/// For tests: a raw websocket over TLS to a stand-in, under one of Discord's names. Everything blocks, and throws
/// boost::system::system_error when the other side has ended it.
class WebsocketClient {
 public:
  WebsocketClient(std::uint16_t port, const std::string& ca_file, const std::string& host, const std::string& target) {
    namespace asio = boost::asio;
    context_.load_verify_file(ca_file);
    context_.set_verify_mode(asio::ssl::verify_peer);
    auto& tls = socket_.next_layer();
    tls.set_verify_callback(asio::ssl::host_name_verification(host));
    SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());
    tls.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
    tls.handshake(asio::ssl::stream_base::client);
    socket_.handshake(host, target);
  }

  Json Read() {
    boost::beast::flat_buffer buffer;
    socket_.read(buffer);
    return Json::parse(boost::beast::buffers_to_string(buffer.data()));
  }

  /// Reads until a message satisfies it.
  template <typename Condition>
  Json ReadUntil(Condition condition) {
    for (;;) {
      Json message = Read();
      if (condition(message)) return message;
    }
  }

  Json ReadOp(int op) {
    return ReadUntil([op](const Json& message) { return message["op"] == op; });
  }
  Json ReadEvent(const std::string& type) {
    return ReadUntil([&](const Json& message) { return message["op"] == 0 && message["t"] == type; })["d"];
  }

  void Say(int op, const Json& data) {
    const std::string text = Json{{"op", op}, {"d", data}}.dump();
    socket_.write(boost::asio::buffer(text));
  }

  /// Reads until the other side ends it; the code of its close frame.
  unsigned ReadToTheEnd() {
    try {
      for (;;) (void)Read();
    } catch (const boost::system::system_error&) {
      return static_cast<unsigned>(socket_.reason().code);
    }
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  boost::beast::websocket::stream<boost::beast::ssl_stream<boost::asio::ip::tcp::socket>> socket_{io_, context_};
};

}  // namespace standin
