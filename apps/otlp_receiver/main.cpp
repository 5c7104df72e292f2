#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>

#include "apps/ending_signals.hpp"
#include "apps/otlp_receiver/views.hpp"
#include "guildscope/http/server.hpp"
#include "guildscope/testing/otlp_receiver.hpp"

namespace {

using guildscope::http::Request;
using guildscope::testing::OtlpStore;

constexpr std::size_t kShown = 20;

std::size_t LimitOf(const Request& request) {
  const auto text = request.Query("limit");
  if (!text) return kShown;
  try {
    return std::stoul(std::string(*text));
  } catch (const std::exception&) {
    return kShown;
  }
}

void ServeViews(guildscope::http::Server& server, const OtlpStore& store) {
  namespace views = guildscope::otlp_receiver;
  const auto answer = [](const nlohmann::json& view) { return guildscope::http::JsonResponse(view.dump(2) + "\n"); };
  server.Handle("GET", "/counts", [&store, answer](const Request&) { return answer(views::CountsView(store)); });
  server.Handle("GET", "/metrics/latest",
                [&store, answer](const Request&) { return answer(views::LatestMetricsView(store)); });
  server.Handle("GET", "/traces", [&store, answer](const Request& request) {
    return answer(views::TracesView(store, std::string(request.Query("name").value_or("")), LimitOf(request)));
  });
  server.Handle("GET", "/logs", [&store, answer](const Request& request) {
    return answer(views::LogsView(store, std::string(request.Query("logger").value_or("")), LimitOf(request)));
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Receives OpenTelemetry's three signals, keeps them in memory, and shows what arrived."};
  guildscope::testing::OtlpReceiverOptions options;
  guildscope::http::ServerOptions control;
  app.add_option("--address", options.address, "Where to listen")->capture_default_str();
  app.add_option("--grpc-port", options.grpc_port, "OTLP/gRPC; 0: the kernel chooses")->capture_default_str();
  app.add_option("--http-port", options.http_port, "OTLP/HTTP; 0: the kernel chooses")->capture_default_str();
  app.add_option("--control-port", control.port,
                 "GET /counts, /metrics/latest, /traces?name=, /logs?logger=; 0: the kernel chooses")
      ->capture_default_str();
  app.add_option("--keep", options.limit, "Spans and log records kept")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const EndingSignals ending;

  try {
    guildscope::testing::OtlpReceiver receiver(options);
    control.address = options.address;
    guildscope::http::Server server(control);
    ServeViews(server, receiver.store());
    server.Start();
    std::cout << nlohmann::json{{"event", "listening"},
                                {"grpc_port", receiver.grpc_port()},
                                {"http_port", receiver.http_port()},
                                {"control_port", server.port()}}
                     .dump()
              << std::endl;
    ending.Wait();
    server.Stop();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
