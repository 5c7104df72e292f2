#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/ip/udp.hpp>

#include "apps/discord_standin/gateway_session.hpp"
#include "apps/discord_standin/voice/heard_audio.hpp"
#include "apps/discord_standin/voice/voice_cipher.hpp"

namespace standin {

/// What VOICE_SERVER_UPDATE let the bot in with. It holds as long as the bot stays in that channel.
struct VoiceTicket {
  Snowflake channel_id = 0;
  std::string session_id;  ///< Of the Gateway.
  std::string token;
  std::string old_token;  ///< Of the server before a change, or of the stay before.
};

/// One voice session: from its identify until the bot leaves the channel, over resumes.
struct VoiceSession {
  Snowflake guild_id = 0;
  VoiceTicket ticket;
  std::uint32_t ssrc = 0;
  HeardAudio* heard = nullptr;  ///< The guild's.

  GatewayTransport* transport = nullptr;  ///< Null while it waits for a resume.
  std::chrono::steady_clock::time_point disconnected_at;
  std::optional<std::chrono::steady_clock::time_point> describe_at;  ///< The session description waits until then.
  std::uint64_t seq = 0;
  std::deque<std::pair<std::uint64_t, std::string>> numbered;  ///< What a resume repeats.

  VoiceKey key{};
  std::optional<VoiceCipher> cipher;  ///< Since the client selected a mode.
  RtpSequence sequence;
  std::optional<boost::asio::ip::udp::endpoint> peer;  ///< Where the last good packet came from.
  int speaking = 0;                                    ///< Flags of op 5.
  bool has_spoken = false;
  std::set<Snowflake> people;  ///< Whom the client was told of.
};

}  // namespace standin
