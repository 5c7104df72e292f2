#include "apps/playground/comparison.hpp"

#include <algorithm>
#include <iomanip>
#include <set>

namespace guildscope::playground {
namespace {

Counts RestRequests(const nlohmann::json& ledger) {
  Counts counts;
  for (const auto& row : ledger.at("rest")) {
    const auto key = row.at("method").get<std::string>() + " " + row.at("endpoint").get<std::string>() + " " +
                     std::to_string(row.at("status").get<int>());
    counts[key] += row.at("count").get<double>();
  }
  // Sockets that were closed in place of an answer.
  for (const auto& row : ledger.at("dropped")) {
    const auto key = row.at("method").get<std::string>() + " " + row.at("endpoint").get<std::string>() + " error";
    counts[key] += row.at("count").get<double>();
  }
  return counts;
}

Counts RateLimits(const nlohmann::json& ledger) {
  Counts counts;
  for (const auto& row : ledger.at("rate_limited")) {
    counts[row.at("endpoint").get<std::string>() + " " + row.at("scope").get<std::string>()] +=
        row.at("count").get<double>();
  }
  return counts;
}

Counts Commands(const nlohmann::json& ledger) {
  Counts counts;
  for (const auto& row : ledger.at("commands")) counts[row.at("name")] += row.at("sent").get<double>();
  return counts;
}

Counts VoiceJoins(const nlohmann::json& ledger) {
  Counts counts;
  for (const auto& row : ledger.at("voice_joins")) counts[row.at("status")] += row.at("count").get<double>();
  return counts;
}

Counts Guilds(const nlohmann::json& ledger) {
  Counts counts;
  for (const auto& row : ledger.at("guilds"))
    counts[std::to_string(row.at("shard").get<int>())] += row.at("count").get<double>();
  return counts;
}

/// The requests that the bot's HTTP client makes: yt-dlp fetches the audio.
Counts MediaRequests(const nlohmann::json& ledger) {
  Counts counts;
  if (!ledger.contains("media")) return counts;
  for (const auto& row : ledger.at("media").at("requests")) {
    if (row.at("route").get<std::string>().starts_with("/watch/")) continue;
    counts[row.at("method").get<std::string>() + " " + std::to_string(row.at("status").get<int>())] +=
        row.at("count").get<double>();
  }
  return counts;
}

double Find(const Counts& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

const std::vector<Claim>& Claims() {
  static const std::vector<Claim> claims{
      {"REST requests by method, endpoint and status",
       "disruptor.discord.api.requests",
       "disruptor_discord_api_requests_total",
       {"method", "endpoint", "status_code"},
       RestRequests},
      {"Rate limits by endpoint and scope",
       "disruptor.discord.api.rate_limited",
       "disruptor_discord_api_rate_limited_total",
       {"endpoint", "scope"},
       RateLimits},
      {"Commands by name", "disruptor.discord.commands", "disruptor_discord_commands_total", {"command"}, Commands},
      {"Voice joins by status",
       "disruptor.voice.connection_attempts",
       "disruptor_voice_connection_attempts_total",
       {"status"},
       VoiceJoins},
      {"Requests to YouTube's and Spotify's APIs by method and status",
       "http.client.request.duration",
       "http_client_request_duration_seconds_count",
       {"http.request.method", "http.response.status_code"},
       MediaRequests},
      {"Guilds by shard", "disruptor.discord.guild_count", "disruptor_discord_guild_count", {"shard"}, Guilds},
  };
  return claims;
}

Road FromMetricsPage(std::string_view page) {
  const auto samples = testing::ParsePrometheusText(page);
  Road road{"/metrics", {}};
  for (const Claim& claim : Claims()) {
    std::vector<std::string> labels = claim.by;
    for (std::string& label : labels) std::replace(label.begin(), label.end(), '.', '_');
    road.counts[claim.what] = testing::SumBy(samples, claim.prometheus_name, labels);
  }
  return road;
}

Road FromOtlpPoints(const nlohmann::json& points) {
  std::vector<testing::Sample> samples;
  for (const auto& point : points) {
    const auto& value = point.at("value");
    // Of a histogram, how many values it has.
    const auto& number = value.is_object() ? value.at("count") : value;
    if (!number.is_number()) continue;
    testing::Sample sample{point.at("name"), {}, number.get<double>()};
    for (const auto& [key, text] : point.at("attributes").items()) {
      sample.labels[key] = text.is_string() ? text.get<std::string>() : text.dump();
    }
    samples.push_back(std::move(sample));
  }
  Road road{"OTLP", {}};
  for (const Claim& claim : Claims()) road.counts[claim.what] = testing::SumBy(samples, claim.otlp_name, claim.by);
  return road;
}

Comparison::Comparison(const nlohmann::json& ledger, std::vector<Road> roads) {
  for (const Road& road : roads) road_names_.push_back(road.name);
  for (const Claim& claim : Claims()) {
    const Counts truth = claim.from_ledger(ledger);
    std::set<std::string> keys;
    for (const auto& [key, count] : truth) keys.insert(key);
    for (Road& road : roads) {
      // A series that says zero and one that is not there mean the same.
      for (const auto& [key, count] : road.counts[claim.what]) {
        if (count != 0) keys.insert(key);
      }
    }
    for (const std::string& key : keys) {
      Row row{claim.what, key, Find(truth, key), {}, true};
      for (Road& road : roads) {
        row.roads.push_back(Find(road.counts[claim.what], key));
        row.equal = row.equal && row.roads.back() == row.ledger;
      }
      if (!row.equal) ++differences_;
      rows_.push_back(std::move(row));
    }
  }
}

void Comparison::Print(std::ostream& out) const {
  std::size_t width = 0;
  for (const Row& row : rows_) width = std::max({width, row.key.size() + 2, row.what.size()});
  const auto column = [&out](const auto& text) { out << std::setw(10) << std::right << text; };

  std::string what;
  for (const Row& row : rows_) {
    if (row.what != what) {
      what = row.what;
      out << '\n' << std::setw(static_cast<int>(width)) << std::left << what;
      column("stand-in");
      for (const std::string& road : road_names_) column(road);
      out << '\n';
    }
    out << std::setw(static_cast<int>(width)) << std::left << "  " + row.key;
    column(row.ledger);
    for (const double count : row.roads) column(count);
    out << (row.equal ? "" : "   differs") << '\n';
  }
}

}  // namespace guildscope::playground
