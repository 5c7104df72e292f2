#include "guildscope/telemetry/endpoints.hpp"

#include <memory>
#include <string>

#include "guildscope/metrics/exposition.hpp"

namespace guildscope {
namespace {

std::string EscapeHtml(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace

void ServeMetrics(http::Server& server, metrics::Registry& registry) {
  server.Handle("GET", "/metrics", [&registry](const http::Request& request) {
    const metrics::Format format = metrics::Negotiate(request.Header("accept"));
    http::Response response;
    response.content_type = metrics::ContentType(format);
    response.chain = std::make_shared<const ByteChain>(metrics::Expose(registry, format));
    return response;
  });
}

void ServeIndex(http::Server& server, const config::TelemetryOptions& options) {
  const std::string name = EscapeHtml(options.service_name);
  http::Response page;
  page.content_type = "text/html; charset=utf-8";
  page.body = "<!doctype html><html lang=\"en\"><title>" + name + "</title><h1>" + name + "</h1><ul>" +
              (options.prometheus_enabled ? "<li><a href=\"/metrics\">metrics</a>" : "") +
              "<li><a href=\"/health\">health</a><li><a href=\"/ready\">readiness</a><li><a "
              "href=\"/loggers\">loggers</a></ul></html>\n";
  server.Handle("GET", "/", [page](const http::Request&) { return page; }, http::Lane::kInline);
}

}  // namespace guildscope
