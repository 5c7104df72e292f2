#pragma once

#include "guildscope/http/server.hpp"
#include "guildscope/logging/logging.hpp"

namespace guildscope {

/// Who may change something through the server.
enum class Changes {
  kLocal,  ///< Only when the server listens on a loopback address, so that whoever asks is on this machine.
  kAll,    ///< Whoever reaches it.
};

/// Adds the operator's way to the loggers. Call it before the server starts; `logging` must outlive the server.
///
/// GET /loggers: the levels of loggers that have none of their own; every logger, its level, the level it was
/// configured to, what it logged and what was dropped; and, where the client could change nothing, `changes_refused`
/// says why.
///
/// PUT /loggers/NAME with {"level": "DEBUG"}: another level, until DELETE, or until the settings are read again.
///
/// DELETE /loggers/NAME: back to the configured level.
///
/// A page in a browser can make the browser ask servers of the same machine. So changes are refused (403) to requests
/// with an Origin that is not the server itself or a Sec-Fetch-Site that says the same, or with a Host that is a name:
/// an attacker's name can lead to any address ("DNS rebinding"), an address cannot. With Changes::kAll a Host that is a
/// name is refused to browsers alone.
///
/// `address` is what the server listens on.
void ServeLoggers(http::Server& server, logging::Logging& logging, const std::string& address, Changes changes);

}  // namespace guildscope
