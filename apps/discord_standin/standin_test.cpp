// The stand-in whole, with a client over real sockets and real TLS.
#include "apps/discord_standin/standin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <unistd.h>
#include <zlib.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <filesystem>
#include <memory>

#include "apps/discord_standin/snowflake.hpp"
#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/http_client.hpp"

namespace standin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using guildscope::testing::Eventually;
using Tls = beast::ssl_stream<asio::ip::tcp::socket>;

Config TestConfig() {
  Config config;
  config.port = config.control_port = 0;
  config.token = "secret";
  config.ca_file = ::testing::TempDir() + "standin_ca_" + std::to_string(::getpid()) + ".pem";
  return config;
}

class StandinTest : public ::testing::Test {
 protected:
  StandinTest() {
    tls.load_verify_file(standin->ca_file());
    tls.set_verify_mode(asio::ssl::verify_peer);
  }
  ~StandinTest() override { std::filesystem::remove(TestConfig().ca_file); }

  Tls Connect(const std::string& host) {
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), standin->discord_port()});
    Tls stream(std::move(socket), tls);
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    stream.handshake(asio::ssl::stream_base::client);
    return stream;
  }

  static http::response<http::string_body> Exchange(Tls& stream, const std::string& target) {
    http::request<http::string_body> request(http::verb::get, target, 11);
    request.set(http::field::host, "discord.com");
    request.set(http::field::authorization, "Bot secret");
    http::write(stream, request);
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(stream, buffer, response);
    return response;
  }

  Json Ledger() { return Json::parse(guildscope::testing::Get(standin->control_port(), "/ledger").body); }

  void AddFault(const Json& fault) {
    const auto answer = guildscope::testing::Post(standin->control_port(), "/faults", fault.dump());
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  asio::io_context io;
  std::unique_ptr<Standin> standin = std::make_unique<Standin>(TestConfig());
  asio::ssl::context tls{asio::ssl::context::tls_client};
};

Json ReadJson(websocket::stream<Tls>& gateway) {
  beast::flat_buffer buffer;
  gateway.read(buffer);
  return Json::parse(beast::buffers_to_string(buffer.data()));
}

void Send(websocket::stream<Tls>& gateway, const Json& message) { gateway.write(asio::buffer(message.dump())); }

TEST_F(StandinTest, SpeaksTls13UnderDiscordsNames) {
  for (const char* host : {"discord.com", "gateway.discord.gg", "gateway-us-east1-b.discord.gg", "localhost"}) {
    Tls stream = Connect(host);
    EXPECT_STREQ(SSL_get_version(stream.native_handle()), "TLSv1.3");
  }
  EXPECT_THROW(Connect("example.com"), std::exception);
  tls.set_options(asio::ssl::context::no_tlsv1_3);
  EXPECT_THROW(Connect("discord.com"), std::exception);
}

TEST_F(StandinTest, CountsEachRequestOfAConnectionThatIsKept) {
  Tls stream = Connect("discord.com");
  EXPECT_EQ(Exchange(stream, "/api/v10/users/@me").result_int(), 200U);
  EXPECT_EQ(Exchange(stream, "/api/v10/users/@me").result_int(), 200U);
  const auto missing = Exchange(stream, "/api/v10/channels/5");
  EXPECT_EQ(missing.result_int(), 404U);
  EXPECT_EQ(missing["X-RateLimit-Remaining"], "999");
  const Json expected = Json::parse(R"([
    {"method": "GET", "endpoint": "/channels/{channel.id}", "status": 404, "count": 1},
    {"method": "GET", "endpoint": "/users/@me", "status": 200, "count": 2}])");
  EXPECT_TRUE(Eventually([&] { return Ledger()["rest"] == expected; })) << Ledger()["rest"];
}

TEST_F(StandinTest, MakesTheFaultsOfRest) {
  AddFault({{"kind", "rate_limit"}, {"scope", "shared"}, {"retry_after", 0.5}});
  AddFault({{"kind", "server_error"}, {"status", 503}});
  Tls stream = Connect("discord.com");
  const auto limited = Exchange(stream, "/api/v10/users/@me");
  EXPECT_EQ(limited.result_int(), 429U);
  EXPECT_EQ(limited["X-RateLimit-Scope"], "shared");
  EXPECT_EQ(Exchange(stream, "/api/v10/users/@me").result_int(), 503U);

  AddFault({{"kind", "slow"}, {"milliseconds", 300}});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Exchange(stream, "/api/v10/users/@me").result_int(), 200U);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(300));

  AddFault({{"kind", "drop_socket"}, {"endpoint", "/users/@me"}});
  EXPECT_THROW(Exchange(stream, "/api/v10/users/@me"), boost::system::system_error);
  const Json ledger = Ledger();
  EXPECT_EQ(ledger["rate_limited"], Json::parse(R"([{"endpoint": "/users/@me", "scope": "shared", "count": 1}])"));
  EXPECT_EQ(ledger["dropped"], Json::parse(R"([{"method": "GET", "endpoint": "/users/@me", "count": 1}])"));
  EXPECT_EQ(ledger["rest"].size(), 3U);
}

TEST_F(StandinTest, CarriesTheGatewayPlainAndResumesAfterADrop) {
  websocket::stream<Tls> gateway(Connect("gateway.discord.gg"));
  gateway.handshake("gateway.discord.gg", "/?v=10&encoding=json");
  EXPECT_EQ(ReadJson(gateway)["op"], 10);
  Send(gateway, {{"op", 2}, {"d", {{"token", "secret"}, {"intents", 1}}}});
  const Json ready = ReadJson(gateway);
  EXPECT_EQ(ready["t"], "READY");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ReadJson(gateway)["t"], "GUILD_CREATE");
  AddFault({{"kind", "drop_gateway"}, {"shard", 0}});
  EXPECT_THROW(ReadJson(gateway), boost::system::system_error);

  websocket::stream<Tls> again(Connect("gateway.discord.gg"));
  again.handshake("gateway.discord.gg", "/?v=10&encoding=json");
  EXPECT_EQ(ReadJson(again)["op"], 10);
  Send(again, {{"op", 6}, {"d", {{"token", "secret"}, {"session_id", ready["d"]["session_id"]}, {"seq", 4}}}});
  EXPECT_EQ(ReadJson(again)["s"], 5);
  EXPECT_EQ(ReadJson(again)["s"], 6);
  EXPECT_EQ(ReadJson(again)["t"], "RESUMED");
  const Json expected = Json::parse(R"([{"shard": 0, "event_type": "GUILD_CREATE", "count": 5},
    {"shard": 0, "event_type": "READY", "count": 1}, {"shard": 0, "event_type": "RESUMED", "count": 1}])");
  EXPECT_TRUE(Eventually([&] { return Ledger()["gateway"]["events"] == expected; })) << Ledger()["gateway"];
}

TEST_F(StandinTest, CarriesTheGatewayAsAZlibStream) {
  websocket::stream<Tls> gateway(Connect("gateway.discord.gg"));
  gateway.handshake("gateway.discord.gg", "/?v=10&encoding=json&compress=zlib-stream");
  z_stream inflater{};
  inflateInit(&inflater);
  const auto read = [&] {
    beast::flat_buffer buffer;
    gateway.read(buffer);
    std::string frame = beast::buffers_to_string(buffer.data());
    std::string text(1'000'000, '\0');
    inflater.next_in = reinterpret_cast<Bytef*>(frame.data());
    inflater.avail_in = static_cast<uInt>(frame.size());
    inflater.next_out = reinterpret_cast<Bytef*>(text.data());
    inflater.avail_out = static_cast<uInt>(text.size());
    inflate(&inflater, Z_SYNC_FLUSH);
    text.resize(text.size() - inflater.avail_out);
    return Json::parse(text);
  };
  EXPECT_EQ(read()["op"], 10);
  EXPECT_TRUE(gateway.got_binary());
  Send(gateway, {{"op", 2}, {"d", {{"token", "secret"}, {"intents", 1}}}});
  EXPECT_EQ(read()["t"], "READY");
  EXPECT_EQ(read()["t"], "GUILD_CREATE");
  inflateEnd(&inflater);
}

TEST_F(StandinTest, ClosesTheGatewayWithTheCode) {
  websocket::stream<Tls> gateway(Connect("gateway.discord.gg"));
  gateway.handshake("gateway.discord.gg", "/?v=10&encoding=json");
  ReadJson(gateway);
  Send(gateway, {{"op", 2}, {"d", {{"token", "wrong"}, {"intents", 1}}}});
  EXPECT_THROW(ReadJson(gateway), boost::system::system_error);
  EXPECT_EQ(gateway.reason().code, 4004);
}

TEST_F(StandinTest, RefusesAnEncodingItDoesNotSpeak) {
  websocket::stream<Tls> gateway(Connect("gateway.discord.gg"));
  EXPECT_THROW(gateway.handshake("gateway.discord.gg", "/?v=10&encoding=etf"), boost::system::system_error);
}

TEST_F(StandinTest, EndsWhileClientsAreConnected) {
  websocket::stream<Tls> gateway(Connect("gateway.discord.gg"));
  gateway.handshake("gateway.discord.gg", "/?v=10&encoding=json");
  Tls idle = Connect("discord.com");
  const auto start = std::chrono::steady_clock::now();
  standin.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Standin, SaysWhereItCannotListen) {
  Config config = TestConfig();
  const Standin first(config);
  config.port = first.discord_port();
  try {
    const Standin second(config);
    FAIL() << "listened twice";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("cannot listen on 127.0.0.1:"));
  }
  std::filesystem::remove(config.ca_file);
}

}  // namespace
}  // namespace standin
