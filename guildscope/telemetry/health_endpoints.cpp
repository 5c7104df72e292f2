#include "guildscope/telemetry/health_endpoints.hpp"

#include <utility>

namespace guildscope {
namespace {

http::Response Answer(health::Report report) {
  auto response = http::JsonResponse(std::move(report.json), report.status);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

void ServeHealth(http::Server& server, const health::Health& health) {
  const auto live = [&health](const http::Request&) { return Answer(health.Live()); };
  const auto ready = [&health](const http::Request&) { return Answer(health.Ready()); };
  server.Handle("GET", "/health", live, http::Lane::kInline);
  for (const auto* path : {"/ready", "/readyz", "/readiness"}) {
    server.Handle("GET", path, ready, http::Lane::kInline);
  }
}

}  // namespace guildscope
