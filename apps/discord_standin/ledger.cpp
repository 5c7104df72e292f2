#include "apps/discord_standin/ledger.hpp"

namespace standin {
namespace {

Json ByShard(const std::map<std::uint64_t, std::uint64_t>& counts) {
  Json list = Json::array();
  for (const auto& [shard, count] : counts) list.push_back({{"shard", shard}, {"count", count}});
  return list;
}

Json ByEndpoint(const std::map<std::string, std::uint64_t>& counts) {
  Json list = Json::array();
  for (const auto& [endpoint, count] : counts) list.push_back({{"endpoint", endpoint}, {"count", count}});
  return list;
}

Json ByCode(const std::map<unsigned, std::uint64_t>& counts) {
  Json list = Json::array();
  for (const auto& [code, count] : counts) list.push_back({{"code", code}, {"count", count}});
  return list;
}

void Add(VoiceCounts& sum, const VoiceCounts& counts) {
  sum.identifies += counts.identifies;
  sum.resumes += counts.resumes;
  sum.frames += counts.frames;
  sum.silence_frames += counts.silence_frames;
  sum.bytes += counts.bytes;
  sum.lost += counts.lost;
  sum.late += counts.late;
  sum.duplicates += counts.duplicates;
  sum.undecryptable += counts.undecryptable;
  sum.ignored += counts.ignored;
}

}  // namespace

Json ToJson(const VoiceCounts& counts) {
  return {{"identifies", counts.identifies},
          {"resumes", counts.resumes},
          {"rtp_frames", counts.frames},
          {"silence_frames", counts.silence_frames},
          {"bytes", counts.bytes},
          {"lost", counts.lost},
          {"late", counts.late},
          {"duplicates", counts.duplicates},
          {"undecryptable", counts.undecryptable},
          {"ignored", counts.ignored}};
}

Json Ledger::VoiceJson() const {
  VoiceCounts total;
  Json guilds = Json::array();
  for (const auto& [guild_id, counts] : voice_) {
    Add(total, counts);
    guilds.push_back(standin::ToJson(counts));
    guilds.back()["guild_id"] = Text(guild_id);
  }
  return {{"guilds", std::move(guilds)},     {"total", standin::ToJson(total)}, {"connects", voice_connects_},
          {"heartbeats", voice_heartbeats_}, {"closes", ByCode(voice_closes_)}, {"dropped", voice_dropped_},
          {"stray_packets", voice_strays_}};
}

void Ledger::RestAnswered(const std::string& method, const std::string& endpoint, unsigned status) {
  ++rest_[{method, endpoint, status}];
}

Json Ledger::ToJson() const {
  Json json{{"rest", Json::array()},           {"rate_limited", Json::array()}, {"dropped", Json::array()},
            {"aborted", ByEndpoint(aborted_)}, {"commands", Json::array()},     {"voice_joins", Json::array()},
            {"voice_leaves", Json::array()},   {"voice", VoiceJson()}};
  json["rtp_frames"] = json["voice"]["total"]["rtp_frames"];
  for (const auto& [key, count] : rest_) {
    const auto& [method, endpoint, status] = key;
    json["rest"].push_back({{"method", method}, {"endpoint", endpoint}, {"status", status}, {"count", count}});
  }
  for (const auto& [key, count] : dropped_) {
    json["dropped"].push_back({{"method", key.first}, {"endpoint", key.second}, {"count", count}});
  }
  for (const auto& [key, count] : rate_limited_) {
    json["rate_limited"].push_back({{"endpoint", key.first}, {"scope", key.second}, {"count", count}});
  }
  for (const auto& [name, counts] : commands_) {
    json["commands"].push_back({{"name", name}, {"sent", counts.sent}, {"acknowledged", counts.acknowledged}});
  }
  for (const auto& [key, count] : voice_joins_) {
    json["voice_joins"].push_back(
        {{"guild_id", Text(key.first)}, {"status", key.second ? "success" : "error"}, {"count", count}});
  }
  for (const auto& [guild, count] : voice_leaves_) {
    json["voice_leaves"].push_back({{"guild_id", Text(guild)}, {"count", count}});
  }
  Json events = Json::array();
  for (const auto& [key, count] : events_) {
    events.push_back({{"shard", key.first}, {"event_type", key.second}, {"count", count}});
  }
  json["gateway"] = {
      {"identifies", ByShard(identifies_)}, {"identifies_over_concurrency", identifies_over_concurrency_},
      {"resumes", ByShard(resumes_)},       {"invalid_sessions", invalid_sessions_},
      {"events", std::move(events)},        {"heartbeats", heartbeats_},
      {"closes", ByCode(closes_)},          {"dropped", gateway_dropped_}};
  return json;
}

}  // namespace standin
