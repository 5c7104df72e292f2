#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "guildscope/instrumentation/curl/http_client_fixture.hpp"
#include "guildscope/testing/process.hpp"
#include "guildscope/testing/tcp_relay.hpp"

namespace guildscope::curl {
namespace {

using ::testing::HasSubstr;
using testing::Process;
using ::testing::SizeIs;
using testing::TcpRelay;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace beast = boost::beast;

/// An HTTP/2 server over TLS that others wrote (nghttp2's nghttpd), behind a relay that counts connections.
class Http2Test : public HttpClientFixture {
 protected:
  Http2Test() : folder_(std::filesystem::temp_directory_path() / ("guildscope-http2-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_ / "files");
    std::ofstream(folder_ / "files" / "song") << std::string(10'000, 'x');
    Openssl({"-x509", "-keyout", Path("ca.key"), "-out", Path("ca.pem"), "-subj", "/CN=test authority"});
    Openssl({"-x509", "-CA", Path("ca.pem"), "-CAkey", Path("ca.key"), "-keyout", Path("server.key"), "-out",
             Path("server.pem"), "-subj", "/CN=server", "-addext", "subjectAltName=IP:127.0.0.1", "-addext",
             "basicConstraints=critical,CA:FALSE"});
  }
  ~Http2Test() override {
    client_.reset();
    std::filesystem::remove_all(folder_);
  }

  void StartServer() {
    // nghttpd cannot let the kernel choose; a port that was free a moment ago nearly always is.
    for (int tries = 0; tries < 10; ++tries) {
      const std::uint16_t port = FreePort();
      server_ = std::make_unique<Process>(
          testing::ProcessOptions{.command = {NGHTTPD, "-v", "--address=127.0.0.1", "-d", Path("files"),
                                              std::to_string(port), Path("server.key"), Path("server.pem")}});
      if (server_->WaitForText("listen", 10s)) {
        relay_ = std::make_unique<TcpRelay>(port);
        return;
      }
    }
    throw std::runtime_error("nghttpd does not start: " + server_->Errors());
  }

  HttpClientOptions Trusting() {
    HttpClientOptions options = QuickOptions();
    options.ca_file = Path("ca.pem");
    return options;
  }

  std::string Url() const { return "https://127.0.0.1:" + std::to_string(relay_->port()) + "/song"; }
  std::string Path(const std::string& file) const { return (folder_ / file).string(); }

  static std::uint16_t FreePort() {
    asio::io_context context;
    const asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
  }

  static void Openssl(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{"openssl", "req",   "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                                     "-nodes",  "-days", "2"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Process process({.command = command});
    const auto end = process.Wait(kPatience);
    if (!end || end->exit_status != 0) throw std::runtime_error("openssl: " + process.Errors());
  }

  const std::filesystem::path folder_;
  std::unique_ptr<Process> server_;
  std::unique_ptr<TcpRelay> relay_;
};

TEST_F(Http2Test, OneConnectionCarriesManyRequestsAtOnce) {
  StartServer();
  Use(Trusting());
  std::vector<PendingRequest> pending;
  for (int i = 0; i < 60; ++i) pending.push_back(client_->Send({.url = Url()}));
  for (const PendingRequest& request : pending) {
    const HttpResult result = request.Get();
    ASSERT_TRUE(result.ok()) << result.message;
    EXPECT_EQ(result.response.protocol, "2");
    EXPECT_THAT(result.response.body, SizeIs(10'000));
  }
  EXPECT_TRUE(Send({.url = Url()}).ok());
  EXPECT_EQ(relay_->connections(), 1);
  for (const auto& span : spans_.Take()) EXPECT_EQ(span["network.protocol.version"], "2");
  EXPECT_TRUE(server_->WaitForText("traceparent: 00-", kPatience));
}

TEST_F(Http2Test, IsLeftAloneWhenItIsNotWanted) {
  StartServer();
  HttpClientOptions options = Trusting();
  options.http2 = false;
  Use(options);
  // nghttpd speaks nothing else: that it is refused shows that it was not asked for.
  HttpRequest request{.url = Url(), .retries = retry::kNever};
  EXPECT_FALSE(Send(request).ok());
}

TEST_F(Http2Test, AConnectionThatBreaksIsMadeAgain) {
  StartServer();
  Use(Trusting());
  EXPECT_TRUE(Send({.url = Url()}).ok());
  relay_->SetMode(TcpRelay::Mode::kPass);  // closes what is open
  const HttpResult result = Send({.url = Url()});
  EXPECT_TRUE(result.ok()) << result.message;
  EXPECT_EQ(relay_->connections(), 2);
}

TEST_F(Http2Test, RequestsEndWhenTheHandshakeHangs) {
  StartServer();
  HttpClientOptions options = Trusting();
  Use(options);
  relay_->SetMode(TcpRelay::Mode::kBlackHole);
  HttpRequest request{.url = Url(), .limits = options.limits, .retries = retry::kNever};
  request.limits->attempt_timeout = 200ms;
  std::vector<PendingRequest> pending;
  for (int i = 0; i < 20; ++i) pending.push_back(client_->Send(request));
  for (const PendingRequest& hanging : pending) EXPECT_EQ(hanging.Get().error, HttpError::kTimeout);
  relay_->SetMode(TcpRelay::Mode::kPass);
  EXPECT_TRUE(Send({.url = Url()}).ok());
}

TEST_F(Http2Test, ARetryAfterATimeoutTakesAnotherConnection) {
  StartServer();
  HttpClientOptions options = Trusting();
  options.limits.attempt_timeout = 300ms;
  options.retries = {.attempts = 100, .first_wait = 1ms};
  Use(options);
  EXPECT_TRUE(Send({.url = Url()}).ok());
  server_->Signal(SIGSTOP);
  const PendingRequest pending = client_->Send({.url = Url()});
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (relay_->connections() < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_GE(relay_->connections(), 2);
  server_->Signal(SIGCONT);
  const HttpResult result = pending.Get();
  EXPECT_TRUE(result.ok()) << result.message;
  EXPECT_GE(result.retries, 1);
}

TEST_F(Http2Test, AServerThatIsNotTrustedIsNotSpokenTo) {
  StartServer();
  const HttpResult unknown = Send({.url = Url()});
  EXPECT_EQ(unknown.error, HttpError::kCertificate);
  EXPECT_THAT(unknown.message, HasSubstr("certificate"));
  EXPECT_EQ(unknown.retries, 0) << "it will not be trusted the next time either";
  const auto span = spans_.TakeOnly();
  EXPECT_EQ(span["error.type"], "certificate");

  Use(Trusting());
  HttpRequest other_name{.url = Url()};
  other_name.url.replace(other_name.url.find("127.0.0.1"), 9, "localhost");
  EXPECT_EQ(Send(other_name).error, HttpError::kCertificate) << "it is somebody else's certificate";
}

TEST_F(Http2Test, AHandshakeThatFailsIsATlsError) {
  TcpRelay garbage(1);
  garbage.SetMode(TcpRelay::Mode::kGarbage);
  const HttpResult result =
      Send({.url = "https://127.0.0.1:" + std::to_string(garbage.port()) + "/", .retries = retry::kNever});
  EXPECT_EQ(result.error, HttpError::kTls) << result.message;
}

TEST_F(Http2Test, NoRedirectLeadsOutOfTls) {
  asio::io_context context;
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate_chain_file(Path("server.pem"));
  tls.use_private_key_file(Path("server.key"), asio::ssl::context::pem);
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  const std::jthread server([&] {
    asio::ssl::stream<asio::ip::tcp::socket> stream(context, tls);
    acceptor.accept(stream.next_layer());
    stream.handshake(asio::ssl::stream_base::server);
    beast::flat_buffer buffer;
    beast::http::request<beast::http::string_body> request;
    beast::http::read(stream, buffer, request);
    beast::http::response<beast::http::empty_body> response(beast::http::status::found, 11);
    response.set(beast::http::field::location, "http://127.0.0.1/");
    response.prepare_payload();
    beast::http::write(stream, response);
  });
  Use(Trusting());
  const HttpResult result =
      Send({.url = "https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/"});
  EXPECT_EQ(result.error, HttpError::kRedirectRefused);
  EXPECT_EQ(result.message, "a redirect from https to http");
  EXPECT_EQ(result.response.status, 302);
}

}  // namespace
}  // namespace guildscope::curl
