#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace guildscope::metrics {

enum class Kind { kCounter, kUpDownCounter, kGauge, kHistogram };

/// Seconds; of every duration histogram whose row in the catalogue does not say otherwise.
inline constexpr std::array<double, 11> kDefaultBuckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

/// What a metric is, known at compile time: one row of the catalogue. The kind and the number of labels are part of its
/// type, so that a handle cannot be bound to the wrong number of values.
///
/// `name` is OpenTelemetry's. A name that starts with `{prefix}` gets the registry's prefix (setting
/// monitoring.prefix). `unit` is UCUM, as OpenTelemetry has it: `s`, `By`, `1` (a ratio), `{job}` (a count of things),
/// or empty.
template <Kind kKind, std::size_t kLabels>
struct Descriptor {
  std::string_view name;
  std::string_view unit;
  std::string_view help;
  std::array<std::string_view, kLabels> labels{};
  std::span<const double> buckets = kDefaultBuckets;
};

template <std::size_t kLabels>
using CounterDescriptor = Descriptor<Kind::kCounter, kLabels>;
template <std::size_t kLabels>
using UpDownCounterDescriptor = Descriptor<Kind::kUpDownCounter, kLabels>;
template <std::size_t kLabels>
using GaugeDescriptor = Descriptor<Kind::kGauge, kLabels>;
template <std::size_t kLabels>
using HistogramDescriptor = Descriptor<Kind::kHistogram, kLabels>;

/// A descriptor without its type: what the exporters, the documents and the rules read.
struct DescriptorView {
  std::string_view name;
  std::string_view unit;
  std::string_view help;
  Kind kind;
  std::span<const std::string_view> labels;
  std::span<const double> buckets;

  template <Kind kKind, std::size_t kLabels>
  constexpr DescriptorView(const Descriptor<kKind, kLabels>& d)  // NOLINT(google-explicit-constructor)
      : name(d.name), unit(d.unit), help(d.help), kind(kKind), labels(d.labels), buckets(d.buckets) {}
};

}  // namespace guildscope::metrics
