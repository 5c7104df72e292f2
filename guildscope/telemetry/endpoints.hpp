#pragma once

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/http/server.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope {

/// GET /metrics: the registry as Prometheus text, OpenMetrics or protocol buffers, whichever the client prefers.
/// `registry` must outlive the server's Stop.
void ServeMetrics(http::Server& server, metrics::Registry& registry);

/// GET /: what this process is and where the rest is.
void ServeIndex(http::Server& server, const config::TelemetryOptions& options);

}  // namespace guildscope
