#include "guildscope/metrics/prometheus_name.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace guildscope::metrics {
namespace {

using Unit = std::pair<std::string_view, std::string_view>;

constexpr std::array<Unit, 26> kUnits{{
    {"d", "days"},          {"h", "hours"},        {"min", "minutes"},   {"s", "seconds"},      {"ms", "milliseconds"},
    {"us", "microseconds"}, {"ns", "nanoseconds"}, {"By", "bytes"},      {"KiBy", "kibibytes"}, {"MiBy", "mebibytes"},
    {"GiBy", "gibibytes"},  {"TiBy", "tibibytes"}, {"KBy", "kilobytes"}, {"MBy", "megabytes"},  {"GBy", "gigabytes"},
    {"TBy", "terabytes"},   {"m", "meters"},       {"V", "volts"},       {"A", "amperes"},      {"J", "joules"},
    {"W", "watts"},         {"g", "grams"},        {"Cel", "celsius"},   {"Hz", "hertz"},       {"1", ""},
    {"%", "percent"},
}};

constexpr std::array<Unit, 7> kPerUnits{
    {{"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"}, {"w", "week"}, {"mo", "month"}, {"y", "year"}}};

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

template <typename Units>
std::string_view Translate(const Units& units, std::string_view unit) {
  const auto found = std::ranges::find(units, unit, &Unit::first);
  return found == units.end() ? unit : found->second;
}

// The runs of letters, digits and colons; what lies between them is lost.
std::vector<std::string> Tokens(std::string_view text) {
  std::vector<std::string> tokens;
  bool inside = false;
  for (const char c : text) {
    if (!IsAlphanumeric(c) && c != ':') {
      inside = false;
      continue;
    }
    if (!inside) tokens.emplace_back();
    inside = true;
    tokens.back() += c;
  }
  return tokens;
}

std::string Join(const std::vector<std::string>& tokens) {
  std::string joined;
  for (const std::string& token : tokens) joined.append(joined.empty() ? "" : "_").append(token);
  return joined;
}

bool Contains(const std::vector<std::string>& tokens, std::string_view token) {
  return std::ranges::find(tokens, token) != tokens.end();
}

void MoveToEnd(std::vector<std::string>& tokens, std::string_view token) {
  std::erase(tokens, token);
  tokens.emplace_back(token);
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

struct UnitSuffix {
  std::string main;
  std::string per;  // with "per_" before it
};

UnitSuffix SuffixOf(std::string_view unit) {
  const auto translate = [](const auto& units, std::string_view part) -> std::string {
    part = Trim(part);
    if (part.find_first_of("{}") != std::string_view::npos) return {};
    return Join(Tokens(Translate(units, part)));
  };
  const std::size_t slash = unit.find('/');
  UnitSuffix suffix{translate(kUnits, unit.substr(0, slash)), {}};
  if (slash == std::string_view::npos) return suffix;
  const std::string per = translate(kPerUnits, unit.substr(slash + 1));
  if (!per.empty()) suffix.per = "per_" + per;
  return suffix;
}

}  // namespace

std::string PrometheusUnit(std::string_view unit) {
  const UnitSuffix suffix = SuffixOf(unit);
  if (suffix.main.empty() || suffix.per.empty()) return suffix.main + suffix.per;
  return suffix.main + "_" + suffix.per;
}

std::string PrometheusName(std::string_view name, std::string_view unit, Kind kind) {
  std::vector<std::string> tokens = Tokens(name);
  const UnitSuffix suffix = SuffixOf(unit);
  const bool add_main = !suffix.main.empty() && !Contains(tokens, suffix.main);
  const bool add_per = !suffix.per.empty() && !Contains(tokens, suffix.per);
  if (add_main) tokens.push_back(suffix.main);
  if (add_per) tokens.push_back(suffix.per);
  if (kind == Kind::kCounter) MoveToEnd(tokens, "total");
  if (kind == Kind::kGauge && unit == "1") MoveToEnd(tokens, "ratio");
  std::string joined = Join(tokens);
  if (!joined.empty() && IsDigit(joined.front())) joined.insert(joined.begin(), '_');
  return joined;
}

std::string PrometheusLabelName(std::string_view name) {
  std::string label;
  for (const char c : name) label += IsAlphanumeric(c) || c == '_' ? c : '_';
  if (label.empty()) return label;
  if (IsDigit(label.front())) return "key_" + label;
  if (label.starts_with('_') && !label.starts_with("__")) return "key" + label;
  return label;
}

}  // namespace guildscope::metrics
