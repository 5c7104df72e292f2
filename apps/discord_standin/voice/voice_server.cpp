#include "apps/discord_standin/voice/voice_server.hpp"

#include <algorithm>

namespace standin {
namespace {

constexpr std::chrono::seconds kResumeWindow{60};
constexpr std::chrono::seconds kBetweenChecks{1};
constexpr std::size_t kMostNumbered = 1'024;

/// The client said goodbye.
bool EndsSession(unsigned client_code) { return client_code == 1000 || client_code == 1001; }

/// What a client may resume after: nothing at all, and a voice server that crashed.
bool AllowsResume(const std::optional<unsigned>& code) { return !code || *code == 4015 || *code < 4000; }

}  // namespace

VoiceServer::VoiceServer(const Config& config, const guildscope::Clock& clock, World& world, Faults& faults,
                         Ledger& ledger)
    : config_(config), clock_(clock), world_(world), faults_(faults), ledger_(ledger) {}

VoiceServer::~VoiceServer() = default;

std::string VoiceServer::Admit(Snowflake guild_id, bool anew) {
  const VoiceState& state = world_.FindGuild(guild_id)->voice_states.at(world_.bot().id);
  if (const VoiceTicket* ticket = ValidTicket(guild_id); ticket != nullptr && !anew) return ticket->token;
  VoiceTicket& ticket = tickets_[guild_id];
  ticket = {state.channel_id, state.session_id, world_.random().Hex(16), std::move(ticket.token)};
  return ticket.token;
}

const VoiceTicket* VoiceServer::ValidTicket(Snowflake guild_id) const {
  const auto ticket = tickets_.find(guild_id);
  const auto guild = world_.guilds().find(guild_id);
  if (ticket == tickets_.end() || guild == world_.guilds().end()) return nullptr;
  const auto state = guild->second.voice_states.find(world_.bot().id);
  const bool is_valid = guild->second.joined && guild->second.available && state != guild->second.voice_states.end() &&
                        state->second.channel_id == ticket->second.channel_id &&
                        state->second.session_id == ticket->second.session_id;
  return is_valid ? &ticket->second : nullptr;
}

bool VoiceServer::IsConnected(Snowflake guild_id) const {
  const VoiceTicket* ticket = ValidTicket(guild_id);
  const auto session = sessions_.find(guild_id);
  return ticket != nullptr && session != sessions_.end() && session->second->transport != nullptr &&
         session->second->ticket.token == ticket->token;
}

HeardAudio& VoiceServer::HeardOf(Snowflake guild_id) {
  return heard_.try_emplace(guild_id, ledger_.Voice(guild_id), clock_, config_.audio_window).first->second;
}

std::optional<Heard> VoiceServer::HeardIn(Snowflake guild_id) const {
  const auto found = heard_.find(guild_id);
  if (found == heard_.end()) return std::nullopt;
  Heard heard = found->second.Snapshot();
  const auto entry = sessions_.find(guild_id);
  const VoiceSession* session = entry == sessions_.end() ? nullptr : entry->second.get();
  heard.facts["connected"] = session != nullptr && session->transport != nullptr;
  heard.facts["speaking"] = session != nullptr && session->speaking != 0;
  heard.facts["ssrc"] = session != nullptr ? Json(session->ssrc) : Json(nullptr);
  heard.facts["channel_id"] = session != nullptr ? Json(Text(session->ticket.channel_id)) : Json(nullptr);
  heard.facts["mode"] = session != nullptr && session->cipher
                            ? Json(kVoiceModes[static_cast<std::size_t>(session->cipher->mode())])
                            : Json(nullptr);
  return heard;
}

void VoiceServer::Opened(GatewayTransport& transport) {
  ledger_.VoiceConnected();
  connections_[&transport].last_heartbeat = clock_.SteadyNow();
  if (faults_.TakeVoiceSilence(VoiceSilence::kHello, 0)) return;
  const Json hello{{"op", 8}, {"d", {{"v", 8}, {"heartbeat_interval", config_.voice_heartbeat_interval.count()}}}};
  transport.Send(hello.dump(), nullptr);
}

void VoiceServer::Closed(GatewayTransport& transport, unsigned code) {
  const auto found = connections_.find(&transport);
  if (found == connections_.end()) return;
  const auto session = found->second.session;
  connections_.erase(found);
  if (!session || session->transport != &transport) return;
  Disconnect(*session);
  if (EndsSession(code)) EndSession(session);
}

void VoiceServer::Close(GatewayTransport& transport, unsigned code, const std::string& reason) {
  Connection& connection = connections_[&transport];
  if (connection.closing) return;
  connection.closing = true;
  ledger_.VoiceClosed(code);
  if (const auto session = std::exchange(connection.session, nullptr); session && session->transport == &transport) {
    Disconnect(*session);
    if (!AllowsResume(code)) EndSession(session);
  }
  transport.Close(code, reason);
}

void VoiceServer::Disconnect(VoiceSession& session) const {
  session.transport = nullptr;
  session.describe_at.reset();
  session.disconnected_at = clock_.SteadyNow();
}

void VoiceServer::EndSession(const std::shared_ptr<VoiceSession>& session) {
  by_ssrc_.erase(session->ssrc);
  const auto entry = sessions_.find(session->guild_id);
  if (entry != sessions_.end() && entry->second == session) sessions_.erase(entry);
}

void VoiceServer::Send(VoiceSession& session, int op, const Json& data, bool numbered) {
  Json message{{"op", op}, {"d", data}};
  if (!numbered) {
    if (session.transport != nullptr) session.transport->Send(message.dump(), nullptr);
    return;
  }
  message["seq"] = ++session.seq;
  if (session.numbered.size() == kMostNumbered) session.numbered.pop_front();
  session.numbered.emplace_back(session.seq, message.dump());
  if (session.transport != nullptr) session.transport->Send(session.numbered.back().second, nullptr);
}

void VoiceServer::PeopleMoved(const Guild& guild) {
  const auto entry = sessions_.find(guild.id);
  if (entry == sessions_.end() || !entry->second->cipher) return;
  VoiceSession& session = *entry->second;
  std::set<Snowflake> now;
  for (const auto& [user, state] : guild.voice_states) {
    if (state.channel_id == session.ticket.channel_id && user != world_.bot().id) now.insert(user);
  }
  Json came = Json::array();
  for (const Snowflake user : now) {
    if (!session.people.contains(user)) came.push_back(Text(user));
  }
  const std::set<Snowflake> before = std::exchange(session.people, now);
  if (!came.empty()) Send(session, 11, {{"user_ids", std::move(came)}}, true);
  for (const Snowflake user : before) {
    if (!now.contains(user)) Send(session, 13, {{"user_id", Text(user)}}, true);
  }
}

void VoiceServer::Tick() {
  const TimePoint now = clock_.SteadyNow();
  for (const auto& [guild_id, session] : sessions_) {
    if (session->describe_at && now >= *session->describe_at) Describe(*session);
  }
  if (now - last_check_ < kBetweenChecks) return;
  last_check_ = now;
  CloseSilentConnections(now);
  EndOldSessions(now);
}

void VoiceServer::CloseSilentConnections(TimePoint now) {
  std::vector<GatewayTransport*> silent;
  for (const auto& [transport, connection] : connections_) {
    const bool is_silent = now - connection.last_heartbeat > 2 * config_.voice_heartbeat_interval;
    if (is_silent && !connection.closing) silent.push_back(transport);
  }
  for (GatewayTransport* transport : silent) Close(*transport, 4009, "Session timeout.");
}

/// Those whose bot has left the channel, was moved or was given a new server, and those that nobody resumed. Looked at
/// every second instead of at each cause, so that a client that leaves by itself has the time to do so.
void VoiceServer::EndOldSessions(TimePoint now) {
  std::vector<std::shared_ptr<VoiceSession>> ended;
  for (const auto& [guild_id, session] : sessions_) {
    const VoiceTicket* ticket = ValidTicket(guild_id);
    const bool is_over = ticket == nullptr || ticket->token != session->ticket.token;
    const bool is_gone = session->transport == nullptr && now - session->disconnected_at > kResumeWindow;
    if (is_over || is_gone) ended.push_back(session);
  }
  for (const auto& session : ended) {
    if (session->transport != nullptr) {
      Close(*session->transport, 4014, "Disconnected.");
    } else {
      EndSession(session);
    }
  }
}

std::vector<Snowflake> VoiceServer::Drop(const Fault& fault) {
  std::vector<std::shared_ptr<VoiceSession>> befallen;
  for (const auto& [guild_id, session] : sessions_) {
    const bool is_meant = fault.guild_id == 0 || fault.guild_id == guild_id;
    if (is_meant && session->transport != nullptr) befallen.push_back(session);
  }
  if (befallen.empty()) {
    throw BadRequest(fault.guild_id == 0 ? "no voice session is connected"
                                         : "no voice session of guild " + Text(fault.guild_id) + " is connected");
  }
  std::vector<Snowflake> guilds;
  for (const auto& session : befallen) {
    guilds.push_back(session->guild_id);
    ledger_.VoiceDropped();
    GatewayTransport& transport = *session->transport;
    if (fault.close_code) {
      Close(transport, *fault.close_code, "");
      continue;
    }
    Connection& connection = connections_[&transport];
    connection.closing = true;
    connection.session = nullptr;
    Disconnect(*session);
    transport.Drop();
  }
  return guilds;
}

}  // namespace standin
