#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "apps/discord_standin/discord.hpp"
#include "apps/discord_standin/tls_stream.hpp"

namespace standin {

/// Answers the upgrade and carries one Gateway connection: `encoding=json`, with or without `compress=zlib-stream`.
/// Keeps itself alive until the connection ends.
void ServeGateway(TlsStream stream, boost::beast::http::request<boost::beast::http::string_body> upgrade,
                  Discord& discord);

/// The same for one connection of voice: JSON, never compressed.
void ServeVoice(TlsStream stream, boost::beast::http::request<boost::beast::http::string_body> upgrade,
                Discord& discord);

}  // namespace standin
