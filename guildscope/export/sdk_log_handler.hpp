#pragma once

#include "guildscope/logging/logger.hpp"

namespace guildscope::exporting {

/// From now on what the SDK itself has to say goes to this logger, where it is redacted, instead of stdout. (The SDK
/// has one handler for the whole process; the last call counts.)
void SendSdkLogsTo(logging::Logger logger);

}  // namespace guildscope::exporting
