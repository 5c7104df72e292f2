#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope::playground {

/// Counts by the values of some labels, joined by spaces: `GET /users/@me 200`.
using Counts = std::map<std::string, double>;

/// A question that the stand-in's ledger and the telemetry both answer.
struct Claim {
  std::string what;
  std::string otlp_name;        ///< OpenTelemetry's name of the metric.
  std::string prometheus_name;  ///< The same metric on `/metrics`.
  std::vector<std::string> by;  ///< The labels that the counts are taken by, as OpenTelemetry names them.
  Counts (*from_ledger)(const nlohmann::json& ledger);
};

/// REST requests, rate limits, commands, voice joins, requests for media, guilds.
[[nodiscard]] const std::vector<Claim>& Claims();

/// One road by which the telemetry arrived: `/metrics` or OTLP.
struct Road {
  std::string name;
  std::map<std::string, Counts> counts;  ///< By Claim::what.
};

[[nodiscard]] Road FromMetricsPage(std::string_view page);
/// `points`: [{"name", "attributes": {…}, "value"}], as the receiver tells them.
[[nodiscard]] Road FromOtlpPoints(const nlohmann::json& points);

/// The ledger beside every road, line by line.
class Comparison {
 public:
  Comparison(const nlohmann::json& ledger, std::vector<Road> roads);

  [[nodiscard]] bool equal() const noexcept { return differences_ == 0; }
  [[nodiscard]] std::size_t differences() const noexcept { return differences_; }
  void Print(std::ostream& out) const;

 private:
  struct Row {
    std::string what;
    std::string key;
    double ledger = 0;
    std::vector<double> roads;
    bool equal = true;
  };

  std::vector<std::string> road_names_;
  std::vector<Row> rows_;
  std::size_t differences_ = 0;
};

}  // namespace guildscope::playground
