#pragma once

#include "guildscope/health/health.hpp"
#include "guildscope/http/server.hpp"

namespace guildscope {

/// Adds GET /health, /ready, /readyz and /readiness. They answer on the server's socket thread, so neither a slow
/// scrape nor a saturated bot holds them up. Call it before the server starts; `health` must outlive the server.
void ServeHealth(http::Server& server, const health::Health& health);

}  // namespace guildscope
