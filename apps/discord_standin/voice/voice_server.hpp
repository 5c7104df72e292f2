#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "apps/discord_standin/config.hpp"
#include "apps/discord_standin/faults.hpp"
#include "apps/discord_standin/gateway_session.hpp"
#include "apps/discord_standin/ledger.hpp"
#include "apps/discord_standin/voice/voice_session.hpp"
#include "apps/discord_standin/world.hpp"
#include "guildscope/base/clock.hpp"

namespace standin {

/// Discord's voice server without its sockets: the voice gateway, version 8, and the RTP packets of its sessions.
///
/// It speaks both transport encryptions that Discord requires, and version 0 of DAVE, which is none: a client that
/// offers more is told 0, as at Discord when somebody in the channel cannot do better.
/// Cost: about 2 us a packet. Threads: one. Lifetime: everything given to it must outlive it.
class VoiceServer : public TransportOwner {
 public:
  using Peer = boost::asio::ip::udp::endpoint;
  using TimePoint = std::chrono::steady_clock::time_point;

  VoiceServer(const Config& config, const guildscope::Clock& clock, World& world, Faults& faults, Ledger& ledger);
  ~VoiceServer() override;

  /// Where the packets are received, for op 2.
  void SetUdpPort(std::uint16_t port) { udp_port_ = port; }

  /// The token of VOICE_SERVER_UPDATE for the channel that the bot is in: that of its stay, or a new one, which makes
  /// the old one, and the session that used it, worthless.
  std::string Admit(Snowflake guild_id, bool anew);
  /// Whether a client is connected, or about to be, with the token of the bot's stay.
  [[nodiscard]] bool IsConnected(Snowflake guild_id) const;
  /// Somebody came or went: tells the bot when it was in its channel.
  void PeopleMoved(const Guild& guild);

  void Opened(GatewayTransport& transport) override;
  void Received(GatewayTransport& transport, const std::string& text) override;
  void Closed(GatewayTransport& transport, unsigned code) override;

  /// One UDP packet; what is to be sent back, if anything.
  std::optional<std::vector<std::uint8_t>> ReceivedPacket(const Peer& from, Bytes packet, TimePoint arrived);

  /// Several times a second: sends what was to be late, ends what has ended.
  void Tick();

  /// The fault voice_drop; throws BadRequest when nobody is connected. The guilds that it befell.
  std::vector<Snowflake> Drop(const Fault& fault);

  /// Nothing when the guild has never been in voice.
  [[nodiscard]] std::optional<Heard> HeardIn(Snowflake guild_id) const;

 private:
  struct Connection {
    std::shared_ptr<VoiceSession> session;
    TimePoint last_heartbeat;
    bool closing = false;
  };
  using Sessions = std::map<Snowflake, std::shared_ptr<VoiceSession>>;

  // voice_ops.cpp: what clients ask.
  void Handle(GatewayTransport& transport, Connection& connection, int op, const Json& data);
  void Heartbeat(GatewayTransport& transport, Connection& connection, const Json& data);
  void Identify(GatewayTransport& transport, Connection& connection, const Json& data);
  void Resume(GatewayTransport& transport, Connection& connection, const Json& data);
  void SelectProtocol(GatewayTransport& transport, Connection& connection, const Json& data);
  void Describe(VoiceSession& session);
  void Speaking(VoiceSession& session, const Json& data);
  void Greet(VoiceSession& session);

  // voice_packets.cpp
  void ReceivedRtp(const Peer& from, Bytes bytes, TimePoint arrived);
  void Hear(VoiceSession& session, const RtpPacket& packet, Bytes audio, TimePoint arrived);
  [[nodiscard]] VoiceSession* FindBySsrc(std::uint32_t ssrc) const;

  /// Null when the bot is not in that channel (any more), or has no ticket for it.
  [[nodiscard]] const VoiceTicket* ValidTicket(Snowflake guild_id) const;
  void Send(VoiceSession& session, int op, const Json& data, bool numbered = false);
  void Close(GatewayTransport& transport, unsigned code, const std::string& reason);
  /// Nobody is at the other end any more; it may be resumed.
  void Disconnect(VoiceSession& session) const;
  void EndSession(const std::shared_ptr<VoiceSession>& session);
  void CloseSilentConnections(TimePoint now);
  void EndOldSessions(TimePoint now);
  HeardAudio& HeardOf(Snowflake guild_id);

  const Config& config_;
  const guildscope::Clock& clock_;
  World& world_;
  Faults& faults_;
  Ledger& ledger_;
  std::uint16_t udp_port_ = 0;
  std::map<Snowflake, VoiceTicket> tickets_;
  std::map<GatewayTransport*, Connection> connections_;
  Sessions sessions_;  ///< By guild.
  std::unordered_map<std::uint32_t, VoiceSession*> by_ssrc_;
  std::map<Snowflake, HeardAudio> heard_;
  std::uint32_t last_ssrc_ = 0;
  TimePoint last_check_;
  std::vector<std::uint8_t> plaintext_;  ///< Reused from packet to packet.
};

}  // namespace standin
