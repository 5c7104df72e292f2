#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/discord_standin/config.hpp"
#include "apps/discord_standin/faults.hpp"
#include "apps/discord_standin/gateway_session.hpp"
#include "apps/discord_standin/ledger.hpp"
#include "apps/discord_standin/voice.hpp"
#include "apps/discord_standin/voice/voice_server.hpp"
#include "apps/discord_standin/world.hpp"
#include "guildscope/base/clock.hpp"

namespace standin {

/// Discord's Gateway without its sockets: connections, sessions and shards, and who gets which event.
///
/// Threads: one. Lifetime: everything given to it must outlive it.
class Gateway : public TransportOwner {
 public:
  Gateway(const Config& config, const guildscope::Clock& clock, World& world, Faults& faults, Ledger& ledger,
          VoiceServer& voice);

  void Opened(GatewayTransport& transport) override;
  void Received(GatewayTransport& transport, const std::string& text) override;
  void Closed(GatewayTransport& transport, unsigned code) override;

  /// Once a second: ends connections without heartbeats, and sessions that were not resumed in time.
  void Tick();

  /// To the sessions of the guild's shard that have the intents.
  void DispatchToGuild(Snowflake guild_id, const std::string& type, const Json& data, std::uint64_t intents);
  /// A person's (or the bot's) voice state changed: VOICE_STATE_UPDATE. A channel of 0 says that they left.
  void DispatchVoiceState(const Guild& guild, const VoiceState& state);
  [[nodiscard]] bool HasSessionFor(Snowflake guild_id) const;

  // The faults of the Gateway. Each throws BadRequest when it befalls nobody.
  void DropConnections(const Fault& fault);
  void InvalidateSessions(const Fault& fault);
  void AskToReconnect(const Fault& fault);
  void VanishGuild(const Fault& fault);
  void ReturnGuild(const Fault& fault);
  void DropVoice(const Fault& fault);
  void ChangeVoiceServer(const Fault& fault);

  /// By shard, of its newest session: how many guilds the bot is in, and whether it is connected.
  [[nodiscard]] Json GuildsByShard() const;
  /// What GET /gateway/bot says of session starts.
  [[nodiscard]] Json SessionStartLimit() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Connection {
    std::shared_ptr<GatewaySession> session;
    TimePoint last_heartbeat;
    TimePoint window_start;  ///< Of the client's limit of 120 messages a minute.
    unsigned messages = 0;
    std::optional<TimePoint> leave_by;  ///< After op 7.
    bool closing = false;
  };
  using Sessions = std::map<std::string, std::shared_ptr<GatewaySession>>;

  void Handle(GatewayTransport& transport, Connection& connection, const Json& message);
  void Heartbeat(GatewayTransport& transport, Connection& connection);
  void Identify(GatewayTransport& transport, Connection& connection, const Json& data);
  void Resume(GatewayTransport& transport, Connection& connection, const Json& data);
  void UpdateVoice(Connection& connection, const Json& data);
  /// VOICE_SERVER_UPDATE, to the session that is in voice there.
  void SendVoiceServer(const Guild& guild, bool anew);
  /// Takes the bot out of voice there, as a moderator would.
  void RemoveFromVoice(Guild& guild);
  void RequestMembers(Connection& connection, const Json& data);

  bool TakeSessionStart(std::uint64_t shard);
  void Greet(GatewaySession& session);
  void RefuseSession(GatewayTransport& transport, bool resumable);
  void Close(GatewayTransport& transport, Connection& connection, unsigned code, const std::string& reason);
  /// The session is over: its voice states go, nobody can resume it.
  void EndSession(const std::shared_ptr<GatewaySession>& session);
  void EndOldSessions(std::uint64_t shard, std::uint64_t shards);
  /// The connections with a session, of one shard or all; throws BadRequest when there is none.
  std::vector<GatewayTransport*> Connected(const std::optional<std::uint64_t>& shard) const;
  Guild& KnownGuild(Snowflake id);

  const Config& config_;
  const guildscope::Clock& clock_;
  World& world_;
  Faults& faults_;
  Ledger& ledger_;
  VoiceServer& voice_;
  std::map<GatewayTransport*, Connection> connections_;
  Sessions sessions_;
  std::map<std::uint64_t, std::weak_ptr<GatewaySession>> newest_by_shard_;
  std::map<std::uint64_t, std::size_t> shard_counts_;  ///< Of the newest session: how many shards it spoke of.
  std::map<std::uint64_t, TimePoint> last_identify_;   ///< By max_concurrency's key.
  std::size_t session_starts_ = 0;
};

}  // namespace standin
