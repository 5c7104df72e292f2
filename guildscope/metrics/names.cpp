#include "guildscope/metrics/names.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

#include "guildscope/metrics/prometheus_name.hpp"

namespace guildscope::metrics {
namespace {

constexpr std::string_view kPrefixMark = "{prefix}";
constexpr std::size_t kMaxNameLength = 255;  // OpenTelemetry's instrument name syntax
// The values of a series, of at most kMaxLabelValueBytes each, are less than 2^16 bytes.
constexpr std::size_t kMaxLabels = 60;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

[[noreturn]] void Fail(std::string_view metric, const std::string& problem) {
  throw std::invalid_argument("metric '" + std::string(metric) + "': " + problem);
}

void CheckName(std::string_view name) {
  const bool valid =
      !name.empty() && name.size() <= kMaxNameLength && IsLetter(name.front()) && std::ranges::all_of(name, [](char c) {
        return IsLetter(c) || IsDigit(c) || c == '_' || c == '.' || c == '-' || c == '/';
      });
  if (!valid) Fail(name, "a name is a letter, then letters, digits, '_', '.', '-' and '/', 255 characters at most");
}

void CheckLabels(const DescriptorView& descriptor, std::string_view name) {
  std::set<std::string> seen{"otel_metric_overflow"};
  if (descriptor.kind == Kind::kHistogram) seen.insert("le");
  if (descriptor.labels.size() > kMaxLabels) {
    Fail(name,
         std::to_string(descriptor.labels.size()) + " labels; at most " + std::to_string(kMaxLabels) + " are accepted");
  }
  for (const std::string_view label : descriptor.labels) {
    const std::string shown = PrometheusLabelName(label);
    if (shown.empty()) Fail(name, "a label without a name");
    if (shown.starts_with("__")) Fail(name, "label '" + std::string(label) + "': Prometheus keeps '__' for itself");
    if (!seen.insert(shown).second) {
      Fail(name, "label '" + std::string(label) + "' is '" + shown + "' on /metrics, which is reserved or taken");
    }
  }
}

void CheckBuckets(const DescriptorView& descriptor, std::string_view name) {
  if (descriptor.kind != Kind::kHistogram) return;
  for (std::size_t i = 0; i < descriptor.buckets.size(); ++i) {
    const double bound = descriptor.buckets[i];
    if (!std::isfinite(bound)) Fail(name, "a bucket bound is not finite; the last bucket, +Inf, is there by itself");
    if (i > 0 && bound <= descriptor.buckets[i - 1]) {
      Fail(name, "bucket bounds must rise; " + std::to_string(bound) + " comes after " +
                     std::to_string(descriptor.buckets[i - 1]));
    }
  }
}

// Everything that the two text formats may write for the metric.
std::vector<std::string> SampleNames(const std::string& name, Kind kind) {
  switch (kind) {
    case Kind::kCounter: {
      const std::string family = name.substr(0, name.size() - std::string_view("_total").size());
      return {family, name, family + "_created"};
    }
    case Kind::kHistogram:
      return {name, name + "_bucket", name + "_sum", name + "_count", name + "_created"};
    case Kind::kGauge:
    case Kind::kUpDownCounter:
      break;
  }
  return {name};
}

}  // namespace

void CheckPrefix(std::string_view prefix) {
  const bool valid = !prefix.empty() && IsLetter(prefix.front()) &&
                     std::ranges::all_of(prefix, [](char c) { return IsLetter(c) || IsDigit(c) || c == '_'; });
  if (!valid) {
    throw std::invalid_argument("metrics prefix '" + std::string(prefix) +
                                "': accepted are letters, digits and underscores, a letter first");
  }
}

std::string FullName(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(kPrefixMark)) return std::string(name);
  return std::string(prefix).append(name.substr(kPrefixMark.size()));
}

void CheckDescriptor(const DescriptorView& descriptor, std::string_view full_name) {
  CheckName(full_name);
  CheckLabels(descriptor, full_name);
  CheckBuckets(descriptor, full_name);
}

void NameTable::Claim(const std::string& full_name, const DescriptorView& descriptor) {
  const auto names = SampleNames(PrometheusName(full_name, descriptor.unit, descriptor.kind), descriptor.kind);
  for (const std::string& name : names) {
    if (const auto owner = owners_.find(name); owner != owners_.end()) {
      Fail(full_name, "its name '" + name + "' on /metrics is taken by metric '" + owner->second + "'");
    }
  }
  for (const std::string& name : names) owners_.emplace(name, full_name);
}

}  // namespace guildscope::metrics
