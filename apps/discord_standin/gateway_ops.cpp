// What each operation that a client sends to the Gateway does. The connections and sessions themselves: gateway.cpp.
#include <algorithm>
#include <utility>

#include "apps/discord_standin/gateway.hpp"
#include "apps/discord_standin/world_json.hpp"

namespace standin {
namespace {

constexpr std::size_t kLongestMessage = 4'096;
constexpr unsigned kMessagesPerMinute = 120;
constexpr std::chrono::seconds kIdentifyWindow{5};
constexpr std::size_t kGuildsPerShard = 2'500;
constexpr std::size_t kMembersPerChunk = 1'000;

enum Op { kHeartbeat = 1, kIdentify = 2, kPresence = 3, kVoiceState = 4, kResume = 6, kRequestMembers = 8 };

std::string TextField(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto field = object.find(key);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

bool FlagField(const Json& object, const char* key) {
  const auto field = object.find(key);
  return field != object.end() && field->is_boolean() && field->get<bool>();
}

/// {shard, number of shards}; nothing when the field is there and wrong.
std::optional<std::pair<std::uint64_t, std::uint64_t>> ReadShard(const Json& identify) {
  const auto field = identify.find("shard");
  if (field == identify.end() || field->is_null()) return std::pair<std::uint64_t, std::uint64_t>{0, 1};
  if (!field->is_array() || field->size() != 2) return std::nullopt;
  if (!(*field)[0].is_number_unsigned() || !(*field)[1].is_number_unsigned()) return std::nullopt;
  const std::pair<std::uint64_t, std::uint64_t> shard{(*field)[0], (*field)[1]};
  if (shard.second == 0 || shard.first >= shard.second) return std::nullopt;
  return shard;
}

}  // namespace

void Gateway::Received(GatewayTransport& transport, const std::string& text) {
  const auto found = connections_.find(&transport);
  if (found == connections_.end() || found->second.closing) return;
  Connection& connection = found->second;
  const TimePoint now = clock_.SteadyNow();
  if (now - connection.window_start >= std::chrono::minutes(1)) {
    connection.window_start = now;
    connection.messages = 0;
  }
  if (++connection.messages > kMessagesPerMinute) return Close(transport, connection, 4008, "Rate limited.");
  const Json message = Json::parse(text, nullptr, false);
  if (text.size() > kLongestMessage || !message.is_object() || !message.contains("op") ||
      !message["op"].is_number_integer()) {
    return Close(transport, connection, 4002, "Error while decoding payload.");
  }
  Handle(transport, connection, message);
}

void Gateway::Handle(GatewayTransport& transport, Connection& connection, const Json& message) {
  const Json data = message.value("d", Json(nullptr));
  const int op = message["op"].get<int>();
  if (op == kHeartbeat) return Heartbeat(transport, connection);
  if (op == kIdentify) return Identify(transport, connection, data);
  if (op == kResume) return Resume(transport, connection, data);
  if (op != kPresence && op != kVoiceState && op != kRequestMembers) {
    return Close(transport, connection, 4001, "Unknown opcode.");
  }
  if (!connection.session) return Close(transport, connection, 4003, "Not authenticated.");
  if (!data.is_object()) return Close(transport, connection, 4002, "Error while decoding payload.");
  if (op == kVoiceState) UpdateVoice(connection, data);
  if (op == kRequestMembers) RequestMembers(connection, data);
}

void Gateway::Heartbeat(GatewayTransport& transport, Connection& connection) {
  ledger_.Heartbeat();
  connection.last_heartbeat = clock_.SteadyNow();
  if (connection.session && faults_.TakeHeartbeatSilence(connection.session->shard())) return;
  transport.Send(R"({"op":11,"d":null,"s":null,"t":null})", nullptr);
}

bool Gateway::TakeSessionStart(std::uint64_t shard) {
  if (session_starts_ >= config_.session_start_limit) return false;
  ++session_starts_;
  const TimePoint now = clock_.SteadyNow();
  const auto [last, is_first] = last_identify_.try_emplace(shard % config_.max_concurrency, now);
  if (!is_first && now - last->second < kIdentifyWindow) ledger_.IdentifiedTooFast();
  last->second = now;
  return true;
}

void Gateway::Identify(GatewayTransport& transport, Connection& connection, const Json& data) {
  if (connection.session) return Close(transport, connection, 4005, "Already authenticated.");
  const std::string token = TextField(data, "token");
  if (token.empty() || (!config_.token.empty() && token != config_.token)) {
    return Close(transport, connection, 4004, "Authentication failed.");
  }
  const auto shard = ReadShard(data);
  if (!shard) return Close(transport, connection, 4010, "Invalid shard.");
  const auto intents = data.find("intents");
  if (intents == data.end() || !intents->is_number_unsigned()) {
    return Close(transport, connection, 4013, "Invalid intent(s).");
  }
  if (world_.guilds().size() / shard->second > kGuildsPerShard) {
    return Close(transport, connection, 4011, "Sharding required.");
  }
  ledger_.Identified(shard->first);
  if (!TakeSessionStart(shard->first)) return RefuseSession(transport, false);

  EndOldSessions(shard->first, shard->second);
  auto session = std::make_shared<GatewaySession>(world_.random().Hex(32), shard->first, shard->second,
                                                  intents->get<std::uint64_t>(), ledger_);
  session->Attach(transport);
  connection.session = session;
  sessions_.emplace(session->id(), session);
  newest_by_shard_[shard->first] = session;
  shard_counts_[shard->first] = shard->second;
  std::erase_if(shard_counts_, [&](const auto& entry) { return entry.first >= shard->second; });
  Greet(*session);
}

void Gateway::Greet(GatewaySession& session) {
  Json guilds = Json::array();
  for (const auto& [id, guild] : world_.guilds()) {
    if (guild.joined && session.Covers(id)) guilds.push_back({{"id", Text(id)}, {"unavailable", true}});
  }
  session.Dispatch("READY", {{"v", 10},
                             {"user", SelfJson(world_.bot())},
                             {"guilds", std::move(guilds)},
                             {"session_id", session.id()},
                             {"session_type", "normal"},
                             {"resume_gateway_url", config_.gateway_url},
                             {"shard", {session.shard(), session.shards()}},
                             {"application", ApplicationJson(world_, false)},
                             {"user_settings", Json::object()},
                             {"private_channels", Json::array()},
                             {"relationships", Json::array()},
                             {"presences", Json::array()},
                             {"geo_ordered_rtc_regions", Json::array()},
                             {"_trace", Json::array()}});
  if (!session.Wants(intent::kGuilds)) return;
  for (const auto& [id, guild] : world_.guilds()) {
    if (!guild.joined || !guild.available || !session.Covers(id)) continue;
    session.Dispatch("GUILD_CREATE", GuildCreateJson(world_, guild, session.Wants(intent::kGuildMembers)));
  }
}

void Gateway::Resume(GatewayTransport& transport, Connection& connection, const Json& data) {
  if (connection.session) return Close(transport, connection, 4005, "Already authenticated.");
  const std::string token = TextField(data, "token");
  if (token.empty() || (!config_.token.empty() && token != config_.token)) {
    return Close(transport, connection, 4004, "Authentication failed.");
  }
  const auto found = sessions_.find(TextField(data, "session_id"));
  const auto seq_field = data.find("seq");
  const std::uint64_t seq =
      seq_field != data.end() && seq_field->is_number_unsigned() ? seq_field->get<std::uint64_t>() : 0;
  if (found == sessions_.end()) return RefuseSession(transport, false);
  const auto session = found->second;
  if (seq > session->seq()) return Close(transport, connection, 4007, "Invalid seq.");
  if (!session->CanReplayAfter(seq)) {
    EndSession(session);
    return RefuseSession(transport, false);
  }
  if (GatewayTransport* old = session->transport(); old != nullptr) {
    connections_[old].session = nullptr;
    connections_[old].closing = true;
    old->Drop();
  }
  ledger_.Resumed(session->shard());
  connection.session = session;
  session->Attach(transport);
  session->ReplayAfter(seq);
  session->Dispatch("RESUMED", {{"_trace", Json::array()}});
}

void Gateway::UpdateVoice(Connection& connection, const Json& data) {
  const auto session = connection.session;
  const VoiceRequest request{SnowflakeField(data, "guild_id"), SnowflakeField(data, "channel_id"),
                             FlagField(data, "self_mute"), FlagField(data, "self_deaf")};
  const VoiceOutcome outcome = ApplyVoiceRequest(world_, faults_, session->id(), request);
  if (outcome == VoiceOutcome::kRefused) ledger_.VoiceJoin(request.guild_id, false);
  if (outcome == VoiceOutcome::kRefused || outcome == VoiceOutcome::kNothing) return;

  const Guild& guild = *world_.FindGuild(request.guild_id);
  if (outcome == VoiceOutcome::kJoined) ledger_.VoiceJoin(guild.id, true);
  if (outcome == VoiceOutcome::kLeft) ledger_.VoiceLeave(guild.id);
  DispatchVoiceState(guild, {world_.bot().id, request.channel_id, session->id(), request.self_mute, request.self_deaf});
  if (outcome == VoiceOutcome::kJoined) SendVoiceServer(guild, true);
  // A client whose voice connection is lost asks for the channel that it is in, and is told the way again.
  if (outcome == VoiceOutcome::kUpdated && !voice_.IsConnected(guild.id)) SendVoiceServer(guild, false);
}

void Gateway::SendVoiceServer(const Guild& guild, bool anew) {
  if (config_.voice_server.empty()) return;
  const auto session = sessions_.find(guild.voice_states.at(world_.bot().id).session_id);
  if (session == sessions_.end()) return;
  session->second->Dispatch(
      "VOICE_SERVER_UPDATE",
      {{"token", voice_.Admit(guild.id, anew)}, {"guild_id", Text(guild.id)}, {"endpoint", config_.voice_server}});
}

void Gateway::RequestMembers(Connection& connection, const Json& data) {
  const Guild* guild = world_.FindGuild(SnowflakeField(data, "guild_id"));
  if (guild == nullptr || !connection.session->Covers(guild->id)) return;
  const Json wanted = data.value("user_ids", Json(nullptr));
  const bool by_id = wanted.is_array() || wanted.is_string();
  const std::string query = TextField(data, "query");
  const Json limit_field = data.value("limit", Json(0));
  const std::size_t limit = limit_field.is_number_unsigned() ? limit_field.get<std::size_t>() : 0;
  if (!by_id && query.empty() && !connection.session->Wants(intent::kGuildMembers)) return;

  const auto is_wanted = [&](Snowflake id) {
    if (!by_id) return world_.FindUser(id)->name.starts_with(query);
    if (!wanted.is_array()) return SnowflakeOf(wanted) == id;
    return std::any_of(wanted.begin(), wanted.end(), [&](const Json& one) { return SnowflakeOf(one) == id; });
  };
  std::vector<Json> chunks{Json::array()};
  std::size_t count = 0;
  for (const auto& [id, member] : guild->members) {
    if (!is_wanted(id) || (limit != 0 && count == limit)) continue;
    if (chunks.back().size() == kMembersPerChunk) chunks.push_back(Json::array());
    chunks.back().push_back(MemberJson(world_, member));
    ++count;
  }
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    Json chunk{{"guild_id", Text(guild->id)},
               {"members", std::move(chunks[i])},
               {"chunk_index", i},
               {"chunk_count", chunks.size()}};
    if (data.contains("nonce")) chunk["nonce"] = data["nonce"];
    connection.session->Dispatch("GUILD_MEMBERS_CHUNK", chunk);
  }
}

}  // namespace standin
