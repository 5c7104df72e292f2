#include "apps/discord_standin/control.hpp"

#include <memory>
#include <stdexcept>

#include "apps/discord_standin/slash_command.hpp"
#include "apps/discord_standin/voice/heard_report.hpp"

namespace standin {
namespace {

constexpr std::string_view kRoutes =
    "GET /ledger, GET /guilds, GET|POST /traffic, POST /interactions, GET /interactions/ID, GET|POST|DELETE /faults, "
    "GET /messages/CHANNEL_ID, GET /audio/GUILD_ID[?format=wav|ogg]";

ControlAnswer ErrorAnswer(unsigned status, const std::string& message) { return {status, {{"error", message}}}; }

/// Null while there is no answer.
Json SecondsToAnswer(const Interaction& interaction) {
  if (!interaction.acknowledged) return nullptr;
  return std::chrono::duration<double>(interaction.acknowledged_at - interaction.sent_at).count();
}

/// The id after a prefix of the path; 0 when the path is another.
Snowflake IdAfter(const std::string& path, std::string_view prefix) {
  return path.starts_with(prefix) ? ParseSnowflake(std::string_view(path).substr(prefix.size())) : 0;
}

}  // namespace

ControlAnswer Control::Handle(const std::string& method, const std::string& path, const std::string& body) {
  const Json json = body.empty() ? Json(nullptr) : Json::parse(body, nullptr, false);
  if (json.is_discarded()) return ErrorAnswer(400, "the body is not JSON");
  try {
    const std::size_t end = path.find('?');
    return Route(method, path.substr(0, end), end == path.npos ? std::string() : path.substr(end + 1), json);
  } catch (const BadRequest& error) {
    return ErrorAnswer(400, error.what());
  }
}

ControlAnswer Control::Route(const std::string& method, const std::string& path, const std::string& query,
                             const Json& body) {
  const bool is_get = method == "GET";
  const bool is_post = method == "POST";
  if (is_get && path == "/ledger") return {200, LedgerJson()};
  if (is_get && path == "/guilds") return {200, GuildsJson()};
  if (is_get && path == "/traffic") return {200, TrafficJson()};
  if (is_get && path == "/faults") return {200, discord_.faults.ToJson()};
  if (is_post && path == "/faults") return AddFault(body);
  if (method == "DELETE" && path == "/faults") {
    discord_.faults.Clear();
    return {200, Json::array()};
  }
  if (is_post && path == "/traffic") {
    const auto running = body.is_object() ? body.find("running") : body.end();
    if (running == body.end() || !running->is_boolean()) throw BadRequest(R"(accepted: {"running": true or false})");
    traffic_.SetRunning(running->get<bool>());
    return {200, TrafficJson()};
  }
  if (is_post && path == "/interactions") {
    return {200, {{"id", Text(UseCommand(discord_, ParseCommandUse(body)))}}};
  }
  if (const Snowflake id = IdAfter(path, "/interactions/"); is_get && id != 0) return InteractionJson(id);
  if (const Snowflake id = IdAfter(path, "/messages/"); is_get && id != 0) {
    return {200, Json(discord_.messages.List(id))};
  }
  if (const Snowflake id = IdAfter(path, "/audio/"); is_get && id != 0) return Audio(id, query);
  return ErrorAnswer(404, method + " " + path + " is unknown; accepted: " + std::string(kRoutes));
}

ControlAnswer Control::Audio(Snowflake guild_id, const std::string& query) const {
  if (!discord_.world.guilds().contains(guild_id)) return ErrorAnswer(404, "there is no guild " + Text(guild_id));
  if (!query.empty() && query != "format=json" && query != "format=wav" && query != "format=ogg") {
    throw BadRequest("'" + query + "' is unknown; accepted: format=json, format=wav, format=ogg");
  }
  auto heard = discord_.voice.HeardIn(guild_id);
  if (!heard) {
    Ledger nothing;
    heard = HeardAudio(nothing.Voice(guild_id), discord_.clock, discord_.config.audio_window).Snapshot();
  }
  heard->facts["guild_id"] = Text(guild_id);
  const auto shared = std::make_shared<const Heard>(*std::move(heard));
  if (query == "format=wav") return {200, nullptr, [shared] { return HeardAsWav(*shared); }, "audio/wav"};
  if (query == "format=ogg") return {200, nullptr, [shared] { return HeardAsOgg(*shared); }, "audio/ogg"};
  return {200, nullptr, [shared] { return DescribeHeard(*shared).dump(2) + "\n"; }};
}

ControlAnswer Control::AddFault(const Json& body) {
  Fault fault = ParseFault(body);
  switch (fault.kind) {
    case FaultKind::kDropGateway:
      discord_.gateway.DropConnections(fault);
      break;
    case FaultKind::kInvalidSession:
      discord_.gateway.InvalidateSessions(fault);
      break;
    case FaultKind::kReconnect:
      discord_.gateway.AskToReconnect(fault);
      break;
    case FaultKind::kGuildVanish:
      discord_.gateway.VanishGuild(fault);
      break;
    case FaultKind::kGuildReturn:
      discord_.gateway.ReturnGuild(fault);
      break;
    case FaultKind::kVoiceDrop:
      discord_.gateway.DropVoice(fault);
      break;
    case FaultKind::kVoiceServerChange:
      discord_.gateway.ChangeVoiceServer(fault);
      break;
    default:
      discord_.faults.Add(std::move(fault));
  }
  return {200, discord_.faults.ToJson()};
}

Json Control::LedgerJson() const {
  Json json = discord_.ledger.ToJson();
  json["guilds"] = discord_.gateway.GuildsByShard();
  return json;
}

Json Control::TrafficJson() const {
  return {{"running", traffic_.running()}, {"in_flight", discord_.interactions.InFlight()}};
}

ControlAnswer Control::InteractionJson(Snowflake id) {
  const Interaction* found = discord_.interactions.Find(id);
  if (found == nullptr) return ErrorAnswer(404, "there is no interaction " + Text(id));
  Json history = Json::array();
  for (const Json& message : found->history) history.push_back(message["content"]);
  return {200,
          {{"id", Text(id)},
           {"command", found->command},
           {"guild_id", Text(found->guild_id)},
           {"channel_id", Text(found->channel_id)},
           {"user_id", Text(found->user_id)},
           {"acknowledged", found->acknowledged},
           {"acknowledged_after", SecondsToAnswer(*found)},
           {"expired", discord_.interactions.IsExpired(*found)},
           {"callback_type", found->callback_type},
           {"content", found->original.is_null() ? Json(nullptr) : found->original["content"]},
           {"contents", std::move(history)},
           {"message", found->original},
           {"followups", found->followups}}};
}

Json Control::GuildsJson() const {
  Json list = Json::array();
  for (const auto& [id, guild] : discord_.world.guilds()) {
    Json channels = Json::array();
    for (const Channel& channel : guild.channels) {
      if (channel.type != ChannelType::kVoice) continue;
      Json people = Json::array();
      for (const auto& [user, state] : guild.voice_states) {
        if (state.channel_id == channel.id) people.push_back(Text(user));
      }
      channels.push_back({{"id", Text(channel.id)},
                          {"name", channel.name},
                          {"people", std::move(people)},
                          {"bot_may_connect", MayConnect(guild, discord_.world.bot().id, channel.id)}});
    }
    Json text_channels = Json::array();
    for (const Snowflake channel : guild.ChannelsOf(ChannelType::kText)) text_channels.push_back(Text(channel));
    Json members = Json::array();
    for (const auto& [user, member] : guild.members) {
      if (user != discord_.world.bot().id) members.push_back(Text(user));
    }
    list.push_back({{"id", Text(id)},
                    {"name", guild.name},
                    {"owner_id", Text(guild.owner_id)},
                    {"available", guild.available},
                    {"joined", guild.joined},
                    {"voice_channels", std::move(channels)},
                    {"text_channels", std::move(text_channels)},
                    {"members", std::move(members)}});
  }
  return list;
}

}  // namespace standin
