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

}  // namespace

void Ledger::RestAnswered(const std::string& method, const std::string& endpoint, unsigned status) {
  ++rest_[{method, endpoint, status}];
}

Json Ledger::ToJson() const {
  Json json{{"rest", Json::array()},         {"rate_limited", Json::array()},
            {"dropped", Json::array()},      {"aborted", ByEndpoint(aborted_)},
            {"commands", Json::array()},     {"voice_joins", Json::array()},
            {"voice_leaves", Json::array()}, {"rtp_frames", 0}};
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
  Json closes = Json::array();
  for (const auto& [code, count] : closes_) closes.push_back({{"code", code}, {"count", count}});
  json["gateway"] = {
      {"identifies", ByShard(identifies_)}, {"identifies_over_concurrency", identifies_over_concurrency_},
      {"resumes", ByShard(resumes_)},       {"invalid_sessions", invalid_sessions_},
      {"events", std::move(events)},        {"heartbeats", heartbeats_},
      {"closes", std::move(closes)},        {"dropped", gateway_dropped_}};
  return json;
}

}  // namespace standin
