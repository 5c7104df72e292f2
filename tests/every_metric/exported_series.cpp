#include "tests/every_metric/exported_series.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/metrics/names.hpp"
#include "guildscope/metrics/prometheus_name.hpp"
#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope {
namespace {

/// Labels whose values are no closed set, or differ from machine to machine. `metric` is one: it names every other one.
constexpr std::array<std::string_view, 8> kOpenLabels{"guild_id", "version", "commit",     "compiler",
                                                      "metric",   "class",   "mountpoint", "server_port"};

/// The name that the samples of a histogram's family share.
std::string FamilyOf(const std::string& sample, const std::map<std::string, std::string>& families) {
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
    if (!sample.ends_with(suffix)) continue;
    const std::string family = sample.substr(0, sample.size() - suffix.size());
    const auto found = families.find(family);
    if (found != families.end() && found->second == "histogram") return family;
  }
  return sample;
}

/// OTLP's name and unit by Prometheus' name.
std::map<std::string, std::string> OtlpNames(const std::vector<testing::ReceivedPoint>& exported) {
  std::map<std::string, std::string> units;
  for (const auto& point : exported) units[point.name] = point.unit;
  std::map<std::string, std::string> names;
  for (const metrics::DescriptorView& row : metrics::catalogue::All()) {
    const std::string name = metrics::FullName(row.name, "disruptor");
    const auto unit = units.find(name);
    if (unit == units.end()) continue;
    names[metrics::PrometheusName(name, row.unit, row.kind)] =
        name + (unit->second.empty() ? ", no unit" : ", unit " + unit->second);
  }
  return names;
}

struct Listed {
  std::set<std::string> series;  // their labels, as text
  std::set<double> buckets;      // upper bounds, of histograms
};

std::map<std::string, Listed> ListByFamily(std::string_view page, const std::map<std::string, std::string>& families) {
  std::map<std::string, Listed> all;
  for (const testing::Sample& sample : testing::ParsePrometheusText(page)) {
    Listed& listed = all[FamilyOf(sample.name, families)];
    std::string labels;
    for (const auto& [name, value] : sample.labels) {
      if (name == "le") {
        listed.buckets.insert(std::stod(value));
        continue;
      }
      const bool open = std::ranges::find(kOpenLabels, name) != kOpenLabels.end();
      labels += (labels.empty() ? "" : ", ") + name + "=" + (open ? "*" : value);
    }
    listed.series.insert(labels.empty() ? "no labels" : labels);
  }
  return all;
}

}  // namespace

std::map<std::string, std::string> FamiliesOf(std::string_view page) {
  std::map<std::string, std::string> families;
  std::istringstream lines{std::string(page)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, type, name, kind;
    if (words >> hash >> type >> name >> kind && hash == "#" && type == "TYPE") families[name] = kind;
  }
  return families;
}

std::string ListSeries(std::string_view page, const std::vector<testing::ReceivedPoint>& exported) {
  const auto families = FamiliesOf(page);
  const auto otlp_names = OtlpNames(exported);
  std::ostringstream text;
  for (const auto& [family, listed] : ListByFamily(page, families)) {
    const auto type = families.find(family);
    const auto otlp = otlp_names.find(family);
    text << '\n'
         << family << ": " << (type == families.end() ? "NO TYPE" : type->second) << '\n'
         << "  OTLP: " << (otlp == otlp_names.end() ? "NOT EXPORTED, or not in the catalogue" : otlp->second) << '\n';
    if (!listed.buckets.empty()) {
      text << "  buckets:";
      for (const double bound : listed.buckets) text << ' ' << bound;
      text << '\n';
    }
    for (const std::string& series : listed.series) text << "  - " << series << '\n';
  }
  return text.str();
}

}  // namespace guildscope
