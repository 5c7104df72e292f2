#include "apps/guildscope/catalogue_command.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/metrics/names.hpp"
#include "guildscope/metrics/prometheus_name.hpp"

namespace guildscope {
namespace {

using metrics::DescriptorView;
using metrics::Kind;

constexpr std::string_view kDefaultPrefix = "disruptor";

constexpr std::string_view kIntroduction = R"(# Metrics

Made by `guildscope catalogue --format md` from the catalogue in the code; do not edit it by hand.

Each metric has OpenTelemetry's name, which OTLP carries, and the name that Prometheus' translation gives it, which
`/metrics` shows. The prefix `disruptor` is the default of the setting `monitoring.prefix`.

- Units: `s` seconds, `By` bytes, `1` a ratio, `{thing}` a count of things.
- On `/metrics` a histogram has `_bucket`, `_sum` and `_count` behind its name, and OpenMetrics adds `_created` to
  histograms and counters.
- With `monitoring.metrics.histogram_aggregation: base2_exponential_bucket_histogram` OTLP carries exponential histograms
  instead, and a Prometheus that reads native histograms has those in the place of `_bucket`, `_sum` and `_count`, which
  queries do not find then. Where Prometheus reads text, all is as it was.
- A label without a value is left out.
- A metric has `monitoring.cardinality.max_series_per_metric` series at most. What goes past them is added up in one
  series with the single label `otel_metric_overflow="true"`, and counted in `guildscope_metrics_folded_writes_total`.
- Series of a guild are removed when it leaves. Counters and histograms that nobody has written for
  `monitoring.cardinality.idle_seconds` are removed too, when that is not 0.
)";

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kCounter:
      return "counter";
    case Kind::kUpDownCounter:
      return "up-down counter";
    case Kind::kGauge:
      return "gauge";
    case Kind::kHistogram:
      break;
  }
  return "histogram";
}

// "{prefix}.discord.api.requests" is in the group "discord", "music.queue_depth" in "music".
std::string_view Group(std::string_view name) {
  constexpr std::string_view kPrefix = "{prefix}.";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name.substr(0, name.find('.'));
}

std::string Code(std::string_view text) { return text.empty() ? "" : "`" + std::string(text) + "`"; }

template <typename Items>
std::string CodeList(const Items& items) {
  std::ostringstream list;
  for (const auto& item : items) list << (list.tellp() > 0 ? ", " : "") << '`' << item << '`';
  return list.str();
}

void WriteRow(std::ostream& out, const DescriptorView& metric, std::string_view prefix) {
  const std::string name = metrics::FullName(metric.name, prefix);
  out << "| " << Code(name) << " | " << Code(metrics::PrometheusName(name, metric.unit, metric.kind)) << " | "
      << KindName(metric.kind) << " | " << Code(metric.unit) << " | " << CodeList(metric.labels) << " | "
      << metric.help;
  if (metric.kind == Kind::kHistogram && !std::ranges::equal(metric.buckets, metrics::kDefaultBuckets)) {
    out << " Buckets: " << CodeList(metric.buckets) << '.';
  }
  out << " |\n";
}

}  // namespace

std::string CatalogueMarkdown(std::string_view prefix) {
  std::ostringstream out;
  out << kIntroduction
      << "- The buckets of a histogram whose row does not say otherwise: " << CodeList(metrics::kDefaultBuckets)
      << ".\n";
  std::string_view group;
  for (const DescriptorView& metric : metrics::catalogue::All()) {
    if (Group(metric.name) != group) {
      group = Group(metric.name);
      out << "\n## " << group << "\n\n| OpenTelemetry | Prometheus | kind | unit | labels | meaning |\n"
          << "|---|---|---|---|---|---|\n";
    }
    WriteRow(out, metric, prefix);
  }
  return out.str();
}

std::string CatalogueJson(std::string_view prefix) {
  auto rows = nlohmann::ordered_json::array();
  for (const DescriptorView& metric : metrics::catalogue::All()) {
    const std::string name = metrics::FullName(metric.name, prefix);
    nlohmann::ordered_json row{{"name", name},
                               {"prometheus_name", metrics::PrometheusName(name, metric.unit, metric.kind)},
                               {"kind", KindName(metric.kind)},
                               {"unit", metric.unit},
                               {"labels", std::vector<std::string>(metric.labels.begin(), metric.labels.end())},
                               {"help", metric.help}};
    if (metric.kind == Kind::kHistogram) {
      row["buckets"] = std::vector<double>(metric.buckets.begin(), metric.buckets.end());
    }
    rows.push_back(std::move(row));
  }
  return rows.dump(2) + "\n";
}

void AddCatalogueCommand(CLI::App& app, int& exit_status) {
  struct Options {
    std::string format = "md";
    std::string prefix{kDefaultPrefix};
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("catalogue", "Prints every metric that the product has.");
  command->add_option("--format", options->format, "md (docs/metrics.md) or json")
      ->check(CLI::IsMember({"md", "json"}))
      ->capture_default_str();
  command->add_option("--prefix", options->prefix, "what monitoring.prefix is set to")->capture_default_str();
  command->callback([options, &exit_status] {
    try {
      metrics::CheckPrefix(options->prefix);
    } catch (const std::invalid_argument& error) {
      std::cerr << "error: " << error.what() << '\n';
      exit_status = 2;
      return;
    }
    std::cout << (options->format == "json" ? CatalogueJson(options->prefix) : CatalogueMarkdown(options->prefix));
  });
}

}  // namespace guildscope
