// What each operation that a client sends to the voice server does. The sessions themselves: voice_server.cpp.
#include <utility>

#include <sodium.h>

#include "apps/discord_standin/voice/voice_server.hpp"

namespace standin {
namespace {

constexpr std::size_t kLongestMessage = 16'384;

enum Op {
  kIdentify = 0,
  kSelectProtocol = 1,
  kReady = 2,
  kHeartbeat = 3,
  kSessionDescription = 4,
  kSpeaking = 5,
  kHeartbeatAck = 6,
  kResume = 7,
  kResumed = 9,
  kClientsConnect = 11,
};

/// What clients say that needs no answer here: video (12), media sinks wanted (15), flags and platform (18, 20), and
/// DAVE's (21 to 31), of which version 0 has nothing to say.
bool IsOverheard(int op) { return op == 12 || (op >= 14 && op <= 31); }

std::string TextField(const Json& object, const char* key) {
  const auto field = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

/// DAVE's binary messages begin with their opcode.
bool IsDaveMessage(const std::string& text) {
  return !text.empty() && static_cast<unsigned char>(text[0]) >= 21 && static_cast<unsigned char>(text[0]) <= 31;
}

}  // namespace

void VoiceServer::Received(GatewayTransport& transport, const std::string& text) {
  const auto found = connections_.find(&transport);
  if (found == connections_.end() || found->second.closing || IsDaveMessage(text)) return;
  const Json message = Json::parse(text, nullptr, false);
  if (text.size() > kLongestMessage || !message.is_object() || !message.contains("op") ||
      !message["op"].is_number_integer()) {
    return Close(transport, 4002, "Failed to decode payload.");
  }
  Handle(transport, found->second, message["op"].get<int>(), message.value("d", Json(nullptr)));
}

void VoiceServer::Handle(GatewayTransport& transport, Connection& connection, int op, const Json& data) {
  if (op == kHeartbeat) return Heartbeat(transport, connection, data);
  if (op == kIdentify) return Identify(transport, connection, data);
  if (op == kResume) return Resume(transport, connection, data);
  if (op != kSelectProtocol && op != kSpeaking && !IsOverheard(op)) {
    return Close(transport, 4001, "Unknown opcode.");
  }
  if (!connection.session) return Close(transport, 4003, "Not authenticated.");
  if (op == kSelectProtocol) return SelectProtocol(transport, connection, data);
  if (op == kSpeaking) Speaking(*connection.session, data);
}

/// Since version 8 with a time and the last sequence number, before with a number alone.
void VoiceServer::Heartbeat(GatewayTransport& transport, Connection& connection, const Json& data) {
  ledger_.VoiceHeartbeat();
  connection.last_heartbeat = clock_.SteadyNow();
  const Json answer = data.is_object() ? Json{{"t", data.value("t", Json(0))}} : data;
  transport.Send(Json{{"op", kHeartbeatAck}, {"d", answer}}.dump(), nullptr);
}

void VoiceServer::Identify(GatewayTransport& transport, Connection& connection, const Json& data) {
  if (connection.session) return Close(transport, 4005, "Already authenticated.");
  const Snowflake guild_id = SnowflakeField(data, "server_id");
  const VoiceTicket* ticket = ValidTicket(guild_id);
  const std::string token = TextField(data, "token");
  const bool is_outdated = ticket != nullptr && !token.empty() && token == ticket->old_token;
  if (ticket == nullptr || is_outdated) return Close(transport, 4006, "Session is no longer valid.");
  if (token != ticket->token || SnowflakeField(data, "user_id") != world_.bot().id) {
    return Close(transport, 4004, "Authentication failed.");
  }
  if (TextField(data, "session_id") != ticket->session_id) {
    return Close(transport, 4006, "Session is no longer valid.");
  }
  if (const auto old = sessions_.find(guild_id); old != sessions_.end()) {
    const auto replaced = old->second;
    if (replaced->transport != nullptr) Close(*replaced->transport, 4006, "Session is no longer valid.");
    EndSession(replaced);
  }
  HeardAudio& heard = HeardOf(guild_id);
  ++heard.counts().identifies;
  heard.BeginSession();
  auto session = std::make_shared<VoiceSession>();
  session->guild_id = guild_id;
  session->ticket = *ticket;
  session->ssrc = ++last_ssrc_;
  session->heard = &heard;
  session->transport = &transport;
  connection.session = session;
  sessions_[guild_id] = session;
  by_ssrc_[session->ssrc] = session.get();
  if (!faults_.TakeVoiceSilence(VoiceSilence::kReady, guild_id)) Greet(*session);
}

void VoiceServer::Greet(VoiceSession& session) {
  Send(session, kReady,
       {{"ssrc", session.ssrc},
        {"ip", config_.address},
        {"port", udp_port_},
        {"modes", kVoiceModes},
        {"experiments", Json::array()},
        {"streams", Json::array()}});
}

void VoiceServer::SelectProtocol(GatewayTransport& transport, Connection& connection, const Json& data) {
  VoiceSession& session = *connection.session;
  const Json wanted = data.is_object() ? data.value("data", Json(nullptr)) : Json(nullptr);
  if (TextField(data, "protocol") != "udp") return Close(transport, 4012, "Unknown protocol.");
  const auto mode = VoiceModeNamed(TextField(wanted, "mode"));
  if (!mode) return Close(transport, 4016, "Unknown encryption mode.");
  randombytes_buf(session.key.data(), session.key.size());
  session.cipher.emplace(*mode, session.key);
  session.describe_at = clock_.SteadyNow() + faults_.TakeVoiceSlow(session.guild_id);
  if (*session.describe_at <= clock_.SteadyNow()) Describe(session);
}

void VoiceServer::Describe(VoiceSession& session) {
  session.describe_at.reset();
  Send(session, kSessionDescription,
       {{"mode", kVoiceModes[static_cast<std::size_t>(session.cipher->mode())]},
        {"secret_key", session.key},
        {"audio_codec", "opus"},
        {"media_session_id", session.ticket.token},
        {"dave_protocol_version", 0}});
  PeopleMoved(*world_.FindGuild(session.guild_id));
}

void VoiceServer::Speaking(VoiceSession& session, const Json& data) {
  const Json flags = data.is_object() ? data.value("speaking", Json(0)) : Json(0);
  // Old clients say true.
  session.speaking =
      flags.is_number_integer() ? flags.get<int>() : static_cast<int>(flags.is_boolean() && flags == true);
  session.has_spoken = session.has_spoken || session.speaking != 0;
}

void VoiceServer::Resume(GatewayTransport& transport, Connection& connection, const Json& data) {
  if (connection.session) return Close(transport, 4005, "Already authenticated.");
  const Snowflake guild_id = SnowflakeField(data, "server_id");
  const VoiceTicket* ticket = ValidTicket(guild_id);
  const auto found = sessions_.find(guild_id);
  const bool is_known = ticket != nullptr && found != sessions_.end() && found->second->ticket.token == ticket->token &&
                        TextField(data, "session_id") == ticket->session_id;
  if (!is_known) return Close(transport, 4006, "Session is no longer valid.");
  if (TextField(data, "token") != ticket->token) return Close(transport, 4004, "Authentication failed.");
  const auto session = found->second;
  // -1 is how some clients say that they have seen none.
  const Json ack = data.value("seq_ack", Json(-1));
  const std::int64_t seen = ack.is_number_integer() ? ack.get<std::int64_t>() : -1;
  if (GatewayTransport* old = std::exchange(session->transport, nullptr); old != nullptr) {
    connections_[old].session = nullptr;
    connections_[old].closing = true;
    old->Drop();
  }
  ++session->heard->counts().resumes;
  session->transport = &transport;
  connection.session = session;
  for (const auto& [seq, message] : session->numbered) {
    if (static_cast<std::int64_t>(seq) > seen) transport.Send(message, nullptr);
  }
  Send(*session, kResumed, nullptr);
}

}  // namespace standin
