#pragma once

#include "apps/discord_standin/discord.hpp"
#include "apps/discord_standin/tls_stream.hpp"

namespace standin {

/// Shakes hands, answers REST requests one after the other, and hands the stream to a GatewaySocket when the client
/// asks for the upgrade. It keeps itself alive until the connection ends; the ledger is written when an answer has
/// been.
void ServeConnection(TlsStream stream, Discord& discord);

}  // namespace standin
