#include "guildscope/telemetry/console.hpp"

#include <string>

#include "guildscope/telemetry/console_assets.hpp"
#include "guildscope/telemetry/console_data.hpp"

namespace guildscope {
namespace {

/// Everything from this server and nothing inline; no frame around it; no text that a script could take for markup.
constexpr const char* kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

void Serve(http::Server& server, const std::string& path, const ConsoleAsset& asset) {
  // Weak, for the content is the same compressed or not.
  const std::string etag = "W/\"" + std::string(asset.hash) + "\"";
  http::Response whole{.content_type = std::string(asset.content_type),
                       .body = std::string(asset.content),
                       .headers = {{"ETag", etag},
                                   {"Cache-Control", "no-cache"},  // kept, and asked about: a new version shows at once
                                   {"Content-Security-Policy", kContentSecurityPolicy},
                                   {"Cross-Origin-Resource-Policy", "same-origin"},
                                   {"Referrer-Policy", "no-referrer"},
                                   {"X-Frame-Options", "DENY"}}};
  http::Response not_modified{.status = 304, .headers = whole.headers};
  not_modified.headers.emplace_back("Vary", "Accept-Encoding");
  server.Handle(
      "GET", path,
      [whole, not_modified, etag](const http::Request& request) {
        return request.Header("if-none-match").find(etag) == std::string_view::npos ? whole : not_modified;
      },
      http::Lane::kInline);
}

}  // namespace

void ServeConsole(http::Server& server, metrics::Registry& registry, const config::TelemetryOptions& options) {
  for (const ConsoleAsset& asset : ConsoleAssets()) {
    Serve(server, asset.name == "index.html" ? "/" : "/console/" + std::string(asset.name), asset);
  }
  server.Handle("GET", "/console/data", [&registry, options](const http::Request&) {
    auto response = http::JsonResponse(ConsoleData(registry, options));
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
  });
}

}  // namespace guildscope
