#include "apps/discord_standin/gateway.hpp"

#include <algorithm>

#include "apps/discord_standin/world_json.hpp"

namespace standin {
namespace {

constexpr std::chrono::seconds kTimeToReconnect{10};

/// The client said goodbye, so Discord forgets the session.
bool EndsSession(unsigned client_code) { return client_code == 1000 || client_code == 1001; }

/// Close codes after which Discord takes no resume: bad token, invalid seq, time-out, and everything about the
/// identify.
bool ForbidsResume(unsigned server_code) {
  return server_code == 4004 || server_code == 4007 || server_code == 4009 || server_code >= 4010;
}

}  // namespace

Gateway::Gateway(const Config& config, const guildscope::Clock& clock, World& world, Faults& faults, Ledger& ledger,
                 VoiceServer& voice)
    : config_(config), clock_(clock), world_(world), faults_(faults), ledger_(ledger), voice_(voice) {}

void Gateway::Opened(GatewayTransport& transport) {
  Connection& connection = connections_[&transport];
  connection.last_heartbeat = connection.window_start = clock_.SteadyNow();
  const Json hello{{"op", 10},
                   {"t", nullptr},
                   {"s", nullptr},
                   {"d", {{"heartbeat_interval", config_.heartbeat_interval.count()}, {"_trace", Json::array()}}}};
  transport.Send(hello.dump(), nullptr);
}

void Gateway::Closed(GatewayTransport& transport, unsigned code) {
  const auto found = connections_.find(&transport);
  if (found == connections_.end()) return;
  const std::shared_ptr<GatewaySession> session = found->second.session;
  connections_.erase(found);
  if (!session || session->transport() != &transport) return;
  session->Detach(clock_.SteadyNow());
  if (EndsSession(code)) EndSession(session);
}

void Gateway::Close(GatewayTransport& transport, Connection& connection, unsigned code, const std::string& reason) {
  if (connection.closing) return;
  connection.closing = true;
  ledger_.GatewayClosed(code);
  if (connection.session) {
    const auto session = std::exchange(connection.session, nullptr);
    session->Detach(clock_.SteadyNow());
    if (ForbidsResume(code)) EndSession(session);
  }
  transport.Close(code, reason);
}

void Gateway::Tick() {
  const TimePoint now = clock_.SteadyNow();
  std::vector<GatewayTransport*> silent;
  std::vector<GatewayTransport*> overdue;
  for (const auto& [transport, connection] : connections_) {
    if (now - connection.last_heartbeat > 2 * config_.heartbeat_interval) silent.push_back(transport);
    if (connection.leave_by && now > *connection.leave_by) overdue.push_back(transport);
  }
  for (GatewayTransport* transport : silent) Close(*transport, connections_[transport], 4009, "Session timed out.");
  for (GatewayTransport* transport : overdue) Close(*transport, connections_[transport], 4000, "Unknown error.");

  std::vector<std::shared_ptr<GatewaySession>> ended;
  for (const auto& [id, session] : sessions_) {
    const bool is_gone = session->transport() == nullptr;
    if (is_gone && now - session->disconnected_at() > config_.resume_window) ended.push_back(session);
  }
  for (const auto& session : ended) EndSession(session);
}

void Gateway::EndSession(const std::shared_ptr<GatewaySession>& session) {
  sessions_.erase(session->id());
  for (auto& [guild_id, guild] : world_.guilds()) {
    const auto state = guild.voice_states.find(world_.bot().id);
    if (state == guild.voice_states.end() || state->second.session_id != session->id()) continue;
    RemoveFromVoice(guild);
  }
}

void Gateway::EndOldSessions(std::uint64_t shard, std::uint64_t shards) {
  std::vector<std::shared_ptr<GatewaySession>> old;
  for (const auto& [id, session] : sessions_) {
    const bool is_same = session->shard() == shard && session->shards() == shards;
    if (is_same && session->transport() == nullptr) old.push_back(session);
  }
  for (const auto& session : old) EndSession(session);
}

void Gateway::DispatchToGuild(Snowflake guild_id, const std::string& type, const Json& data, std::uint64_t intents) {
  for (const auto& [id, session] : sessions_) {
    if (session->Covers(guild_id) && session->Wants(intents)) session->Dispatch(type, data);
  }
}

void Gateway::DispatchVoiceState(const Guild& guild, const VoiceState& state) {
  DispatchToGuild(guild.id, "VOICE_STATE_UPDATE", VoiceStateJson(world_, guild, state), intent::kVoiceStates);
  voice_.PeopleMoved(guild);
}

bool Gateway::HasSessionFor(Snowflake guild_id) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    return entry.second->Covers(guild_id) && entry.second->transport() != nullptr;
  });
}

std::vector<GatewayTransport*> Gateway::Connected(const std::optional<std::uint64_t>& shard) const {
  std::vector<GatewayTransport*> found;
  for (const auto& [transport, connection] : connections_) {
    if (connection.session && (!shard || connection.session->shard() == *shard)) found.push_back(transport);
  }
  if (found.empty()) {
    throw BadRequest(shard ? "no session of shard " + std::to_string(*shard) + " is connected"
                           : "no session is connected");
  }
  return found;
}

void Gateway::DropConnections(const Fault& fault) {
  for (GatewayTransport* transport : Connected(fault.shard)) {
    ledger_.GatewayDropped();
    Connection& connection = connections_[transport];
    if (fault.close_code) {
      Close(*transport, connection, *fault.close_code, "");
      continue;
    }
    connection.closing = true;
    connection.session->Detach(clock_.SteadyNow());
    connection.session = nullptr;
    transport->Drop();
  }
}

void Gateway::RefuseSession(GatewayTransport& transport, bool resumable) {
  ledger_.InvalidSession();
  transport.Send(Json{{"op", 9}, {"d", resumable}, {"s", nullptr}, {"t", nullptr}}.dump(), nullptr);
}

void Gateway::InvalidateSessions(const Fault& fault) {
  for (GatewayTransport* transport : Connected(fault.shard)) {
    const auto session = std::exchange(connections_[transport].session, nullptr);
    session->Detach(clock_.SteadyNow());
    if (!fault.resumable) EndSession(session);
    RefuseSession(*transport, fault.resumable);
  }
}

void Gateway::AskToReconnect(const Fault& fault) {
  for (GatewayTransport* transport : Connected(fault.shard)) {
    connections_[transport].leave_by = clock_.SteadyNow() + kTimeToReconnect;
    transport->Send(Json{{"op", 7}, {"d", nullptr}, {"s", nullptr}, {"t", nullptr}}.dump(), nullptr);
  }
}

Guild& Gateway::KnownGuild(Snowflake id) {
  const auto found = world_.guilds().find(id);
  if (found == world_.guilds().end()) throw BadRequest("there is no guild " + Text(id) + "; GET /guilds lists them");
  return found->second;
}

void Gateway::VanishGuild(const Fault& fault) {
  Guild& guild = KnownGuild(fault.guild_id);
  if (!guild.joined) throw BadRequest("the bot is not in guild " + Text(guild.id));
  guild.available = false;
  Json data{{"id", Text(guild.id)}};
  if (fault.removed) {
    guild.joined = false;
    guild.voice_states.erase(world_.bot().id);
  } else {
    data["unavailable"] = true;
  }
  DispatchToGuild(guild.id, "GUILD_DELETE", data, intent::kGuilds);
}

void Gateway::ReturnGuild(const Fault& fault) {
  Guild& guild = KnownGuild(fault.guild_id);
  if (guild.available && guild.joined) throw BadRequest("guild " + Text(guild.id) + " has not vanished");
  guild.available = guild.joined = true;
  for (const auto& [id, session] : sessions_) {
    if (!session->Covers(guild.id) || !session->Wants(intent::kGuilds)) continue;
    session->Dispatch("GUILD_CREATE", GuildCreateJson(world_, guild, session->Wants(intent::kGuildMembers)));
  }
}

void Gateway::RemoveFromVoice(Guild& guild) {
  const auto state = guild.voice_states.find(world_.bot().id);
  if (state == guild.voice_states.end()) return;
  VoiceState left = state->second;
  left.channel_id = 0;
  guild.voice_states.erase(state);
  DispatchVoiceState(guild, left);
}

void Gateway::DropVoice(const Fault& fault) {
  const bool is_removal = fault.close_code == 4014U;
  for (const Snowflake guild_id : voice_.Drop(fault)) {
    if (is_removal) RemoveFromVoice(KnownGuild(guild_id));
  }
}

void Gateway::ChangeVoiceServer(const Fault& fault) {
  bool befell = false;
  for (const auto& [guild_id, guild] : world_.guilds()) {
    if (fault.guild_id != 0 && fault.guild_id != guild_id) continue;
    if (!guild.voice_states.contains(world_.bot().id)) continue;
    SendVoiceServer(guild, true);
    befell = true;
  }
  if (!befell) throw BadRequest("the bot is not in voice there");
}

Json Gateway::GuildsByShard() const {
  Json list = Json::array();
  for (const auto& [shard, shards] : shard_counts_) {
    std::size_t count = 0;
    for (const auto& [id, guild] : world_.guilds()) {
      if (guild.joined && ShardOf(id, shards) == shard) ++count;
    }
    const auto session = newest_by_shard_.at(shard).lock();
    list.push_back({{"shard", shard}, {"count", count}, {"connected", session && session->transport() != nullptr}});
  }
  return list;
}

Json Gateway::SessionStartLimit() const {
  const std::size_t limit = config_.session_start_limit;
  return {{"total", limit},
          {"remaining", limit - std::min(limit, session_starts_)},
          {"reset_after", 24 * 3600 * 1000},
          {"max_concurrency", config_.max_concurrency}};
}

}  // namespace standin
