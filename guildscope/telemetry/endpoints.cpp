#include "guildscope/telemetry/endpoints.hpp"

#include <memory>

#include "guildscope/metrics/exposition.hpp"

namespace guildscope {

void ServeMetrics(http::Server& server, metrics::Registry& registry) {
  server.Handle("GET", "/metrics", [&registry](const http::Request& request) {
    const metrics::Format format = metrics::Negotiate(request.Header("accept"));
    http::Response response;
    response.content_type = metrics::ContentType(format);
    response.chain = std::make_shared<const ByteChain>(metrics::Expose(registry, format));
    return response;
  });
}

}  // namespace guildscope
