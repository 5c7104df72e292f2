#pragma once

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/http/server.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope {

/// Adds the console: GET / is a page for people, GET /console/* its scripts and styles (the folder `web`), all answered
/// on the server's socket thread, and GET /console/data the numbers that it shows. The page asks /health, /ready and
/// /loggers itself, so those must be served too. It needs nothing from anywhere else, and says by its
/// Content-Security-Policy that it takes nothing from anywhere else.
///
/// Cost: a file is some 30 microseconds, most of it compression, and "not modified" 5; the numbers are one collection
/// of the registry.
///
/// Call it before the server starts; `registry` must outlive the server's Stop.
void ServeConsole(http::Server& server, metrics::Registry& registry, const config::TelemetryOptions& options);

}  // namespace guildscope
