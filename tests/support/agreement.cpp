#include "tests/support/agreement.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/metrics/names.hpp"
#include "guildscope/metrics/prometheus_name.hpp"

namespace guildscope::testing {
namespace {

using Key = std::pair<std::string, Labels>;
using Values = std::map<Key, double>;

Values ByKey(std::vector<Sample> samples) {
  Values values;
  for (Sample& sample : samples) {
    if (const auto le = sample.labels.find("le"); le != sample.labels.end()) {
      std::ostringstream number;
      number << std::strtod(le->second.c_str(), nullptr);
      le->second = number.str();
    }
    Key key{std::move(sample.name), std::move(sample.labels)};
    if (!values.emplace(key, sample.value).second) throw std::runtime_error("twice the same series: " + key.first);
  }
  return values;
}

std::string ToString(const Key& key) {
  std::string text = key.first + "{";
  for (const auto& [name, value] : key.second) text += name + "=\"" + value + "\" ";
  if (text.back() == ' ') text.pop_back();
  return text + "}";
}

bool Same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

const double* Find(const Values& values, const Key& key) {
  const auto found = values.find(key);
  return found == values.end() ? nullptr : &found->second;
}

std::string Text(const double* value) {
  if (value == nullptr) return "nothing";
  std::ostringstream text;
  text.precision(17);
  text << *value;
  return text.str();
}

/// A metric that is never at rest.
bool IsPossible(const std::string& name, const double* before, const double* between, const double* after) {
  if (before != nullptr && after != nullptr && between == nullptr) return false;
  if (before == nullptr && after == nullptr) return false;
  if (between == nullptr || !OnlyGrows(name)) return true;
  return (before == nullptr || *between >= *before || Same(*between, *before)) &&
         (after == nullptr || *between <= *after || Same(*between, *after));
}

}  // namespace

bool OnlyGrows(std::string_view name) {
  // Some gauges are named "…_count", as the parts of histograms are.
  static const std::set<std::string, std::less<>> kLevels = [] {
    std::set<std::string, std::less<>> levels;
    for (const metrics::DescriptorView& metric : metrics::catalogue::All()) {
      if (metric.kind != metrics::Kind::kGauge && metric.kind != metrics::Kind::kUpDownCounter) continue;
      levels.insert(metrics::PrometheusName(metrics::FullName(metric.name, "disruptor"), metric.unit, metric.kind));
    }
    return levels;
  }();
  if (kLevels.contains(name)) return false;
  return name.ends_with("_total") || name.ends_with("_bucket") || name.ends_with("_sum") || name.ends_with("_count");
}

Agreement Compare(std::vector<Sample> before, std::vector<Sample> between, std::vector<Sample> after,
                  const std::function<bool(const std::string& name)>& may_move) {
  const std::array<Values, 3> all{ByKey(std::move(before)), ByKey(std::move(between)), ByKey(std::move(after))};
  std::set<Key> keys;
  for (const Values& values : all) {
    for (const auto& [key, value] : values) keys.insert(key);
  }
  Agreement agreement;
  for (const Key& key : keys) {
    const double* first = Find(all[0], key);
    const double* second = Find(all[1], key);
    const double* third = Find(all[2], key);
    const bool same =
        first != nullptr && second != nullptr && third != nullptr && Same(*first, *second) && Same(*second, *third);
    if (same) {
      ++agreement.equal;
      continue;
    }
    agreement.moved.insert(key.first);
    if (may_move(key.first) && IsPossible(key.first, first, second, third)) continue;
    agreement.disagreements.push_back(ToString(key) + ": " + Text(first) + ", then on the other road " + Text(second) +
                                      ", then " + Text(third));
  }
  return agreement;
}

bool IsNeverAtRest(const std::string& name) {
  // What health checks ask of the database; what D++ sends by itself; what exports and scrapes do.
  static constexpr std::array<std::string_view, 9> kPrefixes{"process_",
                                                             "otel_sdk_",
                                                             "guildscope_",
                                                             "memory_objects",
                                                             "disruptor_system_",
                                                             "music_cache_filesystem_",
                                                             "disruptor_database_",
                                                             "db_client_operation_duration_seconds",
                                                             "disruptor_discord_gateway_latency_seconds"};
  return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace guildscope::testing
