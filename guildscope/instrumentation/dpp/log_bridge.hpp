#pragma once

#include <memory>

#include "guildscope/logging/logger.hpp"

namespace dpp {
class cluster;
}

namespace guildscope::dpp {

class ClusterState;

/// From now on D++'s messages go to this logger: trace and debug as DEBUG, the others under their own names. The bot's
/// own on_log handlers go on. When the state is gone the bridge is silent.
///
/// Cost: D++ builds every message as soon as anybody listens; below the logger's level it goes no further.
void BridgeLog(::dpp::cluster& bot, const std::shared_ptr<ClusterState>& state, logging::Logger logger);

}  // namespace guildscope::dpp
