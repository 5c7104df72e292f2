#pragma once

#include <string>

namespace guildscope::tracing {

/// The name of the outermost span of this process that the current work is part of: `command interval`,
/// `job disruption`. It is what a database or another service may be told about who asks (sqlcommenter's `route`), and
/// goes wherever the Context goes. Empty when no span is active.
///
/// Cost: about 50 ns. Threads: any.
[[nodiscard]] std::string CurrentRoute();

}  // namespace guildscope::tracing
