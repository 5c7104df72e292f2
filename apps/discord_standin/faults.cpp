#include "apps/discord_standin/faults.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace standin {
namespace {

struct KindName {
  std::string_view name;
  FaultKind kind;
  std::string_view fields;  ///< That it takes beside `kind`, each between spaces.
};

constexpr std::array<KindName, 16> kKinds{{
    {"rate_limit", FaultKind::kRateLimit, " scope count endpoint retry_after "},
    {"server_error", FaultKind::kServerError, " status count endpoint "},
    {"slow", FaultKind::kSlow, " milliseconds count endpoint "},
    {"drop_socket", FaultKind::kDropSocket, " count endpoint "},
    {"drop_gateway", FaultKind::kDropGateway, " shard code "},
    {"invalid_session", FaultKind::kInvalidSession, " shard resumable "},
    {"reconnect", FaultKind::kReconnect, " shard "},
    {"guild_vanish", FaultKind::kGuildVanish, " guild_id removed "},
    {"guild_return", FaultKind::kGuildReturn, " guild_id "},
    {"voice_deny", FaultKind::kVoiceDeny, " guild_id count "},
    {"heartbeat_silence", FaultKind::kHeartbeatSilence, " shard count "},
    {"voice_drop", FaultKind::kVoiceDrop, " guild_id code "},
    {"voice_server_change", FaultKind::kVoiceServerChange, " guild_id "},
    {"voice_silent", FaultKind::kVoiceSilent, " at guild_id count "},
    {"voice_slow", FaultKind::kVoiceSlow, " guild_id milliseconds count "},
    {"udp_loss", FaultKind::kUdpLoss, " guild_id every count "},
}};

std::string AcceptedKinds() {
  std::string names;
  for (const KindName& kind : kKinds) names.append(names.empty() ? "" : ", ").append(kind.name);
  return names;
}

const KindName& FindKind(const Json& request) {
  if (!request.is_object())
    throw BadRequest("a fault is a JSON object with a kind; accepted kinds: " + AcceptedKinds());
  const auto field = request.find("kind");
  if (field == request.end() || !field->is_string()) throw BadRequest("kind is missing; accepted: " + AcceptedKinds());
  const auto& name = field->get_ref<const std::string&>();
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const KindName& k) { return k.name == name; });
  if (found == kKinds.end()) throw BadRequest("kind '" + name + "' is unknown; accepted: " + AcceptedKinds());
  return *found;
}

void CheckFields(const Json& request, const KindName& kind) {
  for (const auto& [key, value] : request.items()) {
    if (key == "kind" || kind.fields.find(" " + key + " ") != std::string_view::npos) continue;
    throw BadRequest(std::string(kind.name) + " does not take '" + key + "'; accepted:" + std::string(kind.fields));
  }
}

double Number(const Json& request, const char* key, double fallback, double lowest, double highest) {
  const auto field = request.find(key);
  if (field == request.end()) return fallback;
  if (field->is_number()) {
    const double value = field->get<double>();
    if (value >= lowest && value <= highest) return value;
  }
  throw BadRequest(std::string(key) + " is " + field->dump() + "; accepted: a number from " +
                   std::to_string(static_cast<std::int64_t>(lowest)) + " to " +
                   std::to_string(static_cast<std::int64_t>(highest)));
}

bool Flag(const Json& request, const char* key) {
  const auto field = request.find(key);
  if (field == request.end()) return false;
  if (!field->is_boolean()) throw BadRequest(std::string(key) + " is " + field->dump() + "; accepted: true or false");
  return field->get<bool>();
}

bool IsAll(const Json& request, const char* key) {
  const auto field = request.find(key);
  return field == request.end() || *field == "all";
}

VoiceSilence ReadSilence(const Json& request) {
  const Json at = request.value("at", Json("ready"));
  if (at == "hello") {
    if (!IsAll(request, "guild_id")) throw BadRequest("at hello there is no guild yet; accepted: guild_id at ready");
    return VoiceSilence::kHello;
  }
  if (at == "ready") return VoiceSilence::kReady;
  throw BadRequest("at is " + at.dump() + "; accepted: hello, ready");
}

}  // namespace

Fault ParseFault(const Json& request) {
  const KindName& kind = FindKind(request);
  CheckFields(request, kind);
  Fault fault;
  fault.kind = kind.kind;
  fault.endpoint = request.value("endpoint", Json("")).is_string() ? request.value("endpoint", "") : "";
  fault.count =
      static_cast<std::uint64_t>(Number(request, "count", kind.kind == FaultKind::kUdpLoss ? 1e9 : 1, 1, 1e9));
  fault.every = static_cast<std::uint64_t>(Number(request, "every", 2, 1, 1e6));
  if (fault.kind == FaultKind::kVoiceSilent) fault.silence = ReadSilence(request);
  fault.retry_after = Number(request, "retry_after", 1, 0, 3600);
  fault.status = static_cast<unsigned>(Number(request, "status", 500, 500, 599));
  fault.delay = std::chrono::milliseconds(static_cast<std::int64_t>(Number(request, "milliseconds", 1000, 0, 600'000)));
  fault.resumable = Flag(request, "resumable");
  fault.removed = Flag(request, "removed");
  if (const auto scope = request.find("scope"); scope != request.end()) {
    if (*scope != "user" && *scope != "global" && *scope != "shared") {
      throw BadRequest("scope is " + scope->dump() + "; accepted: user, global, shared");
    }
    fault.scope = scope->get<std::string>();
  }
  if (!IsAll(request, "shard")) fault.shard = static_cast<std::uint64_t>(Number(request, "shard", 0, 0, 1e6));
  if (request.contains("code")) fault.close_code = static_cast<unsigned>(Number(request, "code", 4000, 1000, 4999));
  if (!IsAll(request, "guild_id")) {
    fault.guild_id = SnowflakeField(request, "guild_id");
    if (fault.guild_id == 0) throw BadRequest("guild_id is " + request["guild_id"].dump() + "; accepted: a guild's id");
  } else if (fault.kind == FaultKind::kGuildVanish || fault.kind == FaultKind::kGuildReturn) {
    throw BadRequest("guild_id is missing; accepted: a guild's id");
  }
  return fault;
}

template <typename Matches>
std::optional<Fault> Faults::Take(Matches matches) {
  const auto found = std::find_if(pending_.begin(), pending_.end(), matches);
  if (found == pending_.end()) return std::nullopt;
  Fault taken = *found;
  if (--found->count == 0) pending_.erase(found);
  return taken;
}

RestFaults Faults::TakeRest(const std::string& route) {
  const auto applies = [&](const Fault& fault) { return fault.endpoint.empty() || fault.endpoint == route; };
  RestFaults result;
  const auto slow = Take([&](const Fault& fault) { return fault.kind == FaultKind::kSlow && applies(fault); });
  if (slow) result.delay = slow->delay;
  result.outcome = Take([&](const Fault& fault) {
    return applies(fault) && (fault.kind == FaultKind::kRateLimit || fault.kind == FaultKind::kServerError ||
                              fault.kind == FaultKind::kDropSocket);
  });
  return result;
}

bool Faults::TakeVoiceDeny(Snowflake guild_id) {
  return Take([&](const Fault& fault) {
           return fault.kind == FaultKind::kVoiceDeny && (fault.guild_id == 0 || fault.guild_id == guild_id);
         })
      .has_value();
}

bool Faults::TakeHeartbeatSilence(std::uint64_t shard) {
  return Take([&](const Fault& fault) {
           return fault.kind == FaultKind::kHeartbeatSilence && (!fault.shard || *fault.shard == shard);
         })
      .has_value();
}

bool Faults::TakeVoiceSilence(VoiceSilence silence, Snowflake guild_id) {
  return Take([&](const Fault& fault) {
           return fault.kind == FaultKind::kVoiceSilent && fault.silence == silence &&
                  (fault.guild_id == 0 || fault.guild_id == guild_id);
         })
      .has_value();
}

std::chrono::milliseconds Faults::TakeVoiceSlow(Snowflake guild_id) {
  const auto slow = Take([&](const Fault& fault) {
    return fault.kind == FaultKind::kVoiceSlow && (fault.guild_id == 0 || fault.guild_id == guild_id);
  });
  return slow ? slow->delay : std::chrono::milliseconds(0);
}

bool Faults::TakeUdpLoss(Snowflake guild_id) {
  for (Fault& fault : pending_) {
    if (fault.kind != FaultKind::kUdpLoss || (fault.guild_id != 0 && fault.guild_id != guild_id)) continue;
    if (++fault.passed % fault.every != 0) return false;
    return Take([&](const Fault& taken) { return &taken == &fault; }).has_value();
  }
  return false;
}

Json Faults::ToJson() const {
  Json list = Json::array();
  for (const Fault& fault : pending_) {
    const auto kind =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const KindName& k) { return k.kind == fault.kind; });
    list.push_back({{"kind", kind->name}, {"count", fault.count}, {"endpoint", fault.endpoint}});
  }
  return list;
}

}  // namespace standin
