#pragma once

#include "guildscope/http/server.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope {

/// GET /metrics: the registry as Prometheus text, OpenMetrics or protocol buffers, whichever the client prefers.
/// `registry` must outlive the server's Stop.
void ServeMetrics(http::Server& server, metrics::Registry& registry);

}  // namespace guildscope
