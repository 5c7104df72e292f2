#include "apps/discord_standin/standin.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "apps/discord_standin/certificate.hpp"
#include "apps/discord_standin/control.hpp"
#include "apps/discord_standin/discord_server.hpp"
#include "apps/discord_standin/voice/udp_server.hpp"
#include "guildscope/http/server.hpp"

namespace standin {
namespace {

namespace asio = boost::asio;
namespace http = guildscope::http;

constexpr std::chrono::milliseconds kTrafficTick{50};
constexpr std::chrono::milliseconds kVoiceTick{50};
constexpr std::chrono::seconds kGatewayTick{1};
constexpr std::chrono::seconds kControlLimit{10};

void WriteAuthority(const std::string& path, const std::string& pem) {
  // In one step, so that no client ever reads half a file.
  const std::string unfinished = path + ".new";
  std::ofstream(unfinished) << pem << std::flush;
  std::error_code error;
  std::filesystem::rename(unfinished, path, error);
  if (error) throw std::runtime_error("cannot write ca_file " + path + ": " + error.message());
}

http::ServerOptions ControlOptions(const Config& config) {
  http::ServerOptions options;
  options.address = config.address;
  options.port = config.control_port;
  options.stop_timeout = std::chrono::milliseconds(500);
  return options;
}

/// The config as it is once the kernel has chosen the port.
Config WithPort(Config config, std::uint16_t port) {
  constexpr std::string_view kPlaceholder = "{port}";
  for (std::string* text : {&config.gateway_url, &config.voice_server}) {
    if (const auto at = text->find(kPlaceholder); at != std::string::npos) {
      text->replace(at, kPlaceholder.size(), std::to_string(port));
    }
  }
  return config;
}

/// As the control API reads it: only the values that it knows have meaning, and none of them needs an escape.
std::string PathAndQuery(const http::Request& request) {
  std::string text = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    text.append(1, separator).append(name).append("=").append(value);
    separator = '&';
  }
  return text;
}

}  // namespace

class Standin::Impl {
 public:
  Impl(const Config& config, const guildscope::Clock& clock)
      : certificates_(MakeCertificates()),
        server_(io_, config, certificates_),
        udp_(io_, config),
        discord_(WithPort(config, server_.port()), clock),
        traffic_(discord_),
        control_(discord_, traffic_),
        control_server_(ControlOptions(config)) {
    discord_.voice.SetUdpPort(udp_.port());
    udp_.Serve(discord_.voice);
    server_.Serve(discord_);
    WriteAuthority(config.ca_file, certificates_.authority_pem);
    Repeat(traffic_timer_, kTrafficTick, [this] { traffic_.Tick(); });
    Repeat(voice_timer_, kVoiceTick, [this] { discord_.voice.Tick(); });
    Repeat(gateway_timer_, kGatewayTick, [this] { discord_.gateway.Tick(); });
    for (const char* method : {"GET", "POST", "DELETE"}) {
      control_server_.Handle(method, "/*", [this](const http::Request& request) { return HandleControl(request); });
    }
    control_server_.Start();
    thread_ = std::thread([this] { io_.run(); });
  }

  ~Impl() {
    control_server_.Stop();
    io_.stop();
    thread_.join();
  }

  std::uint16_t discord_port() const { return server_.port(); }
  std::uint16_t control_port() const { return control_server_.port(); }
  const std::string& ca_file() const { return discord_.config.ca_file; }

 private:
  template <typename Action>
  void Repeat(asio::steady_timer& timer, std::chrono::milliseconds every, Action action) {
    timer.expires_after(every);
    timer.async_wait([this, &timer, every, action](boost::system::error_code error) {
      if (error) return;
      action();
      Repeat(timer, every, action);
    });
  }

  /// On a thread of the control server; the work itself happens where everything else does.
  http::Response HandleControl(const http::Request& request) {
    auto task = std::make_shared<std::packaged_task<ControlAnswer()>>(
        [this, request] { return control_.Handle(request.method, PathAndQuery(request), request.body); });
    auto result = task->get_future();
    asio::post(io_, [task] { (*task)(); });
    if (result.wait_for(kControlLimit) != std::future_status::ready) return http::ErrorResponse(503, "busy");
    const ControlAnswer answer = result.get();
    if (answer.later) return {answer.status, answer.content_type, answer.later(), {}};
    return http::JsonResponse(answer.body.dump(2) + "\n", answer.status);
  }

  asio::io_context io_{1};
  const Certificates certificates_;
  DiscordServer server_;
  UdpServer udp_;
  Discord discord_;
  Traffic traffic_;
  Control control_;
  asio::steady_timer traffic_timer_{io_};
  asio::steady_timer gateway_timer_{io_};
  asio::steady_timer voice_timer_{io_};
  http::Server control_server_;
  std::thread thread_;
};

Standin::Standin(const Config& config, const guildscope::Clock& clock) : impl_(std::make_unique<Impl>(config, clock)) {}

Standin::~Standin() = default;

std::uint16_t Standin::discord_port() const { return impl_->discord_port(); }
std::uint16_t Standin::control_port() const { return impl_->control_port(); }
const std::string& Standin::ca_file() const { return impl_->ca_file(); }

}  // namespace standin
