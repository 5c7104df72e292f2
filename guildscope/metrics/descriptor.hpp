#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace guildscope::metrics {

enum class Kind { kCounter, kUpDownCounter, kGauge, kHistogram };

/// Seconds; of every duration histogram whose row in the catalogue does not say otherwise.
inline constexpr std::array<double, 11> kDefaultBuckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

/// What a metric is, known at compile time: one row of the catalogue. The kind and the number of labels are part of its
/// type, so that a handle cannot be bound to the wrong number of values.
///
/// `name` is OpenTelemetry's. A name that starts with `{prefix}` gets the registry's prefix (setting
/// monitoring.prefix). `unit` is UCUM, as OpenTelemetry has it: `s`, `By`, `1` (a ratio), `{job}` (a count of things),
/// or empty. `Value` is what counters and up-down counters add up: whole numbers, or doubles (seconds, ratios).
template <Kind kKind, std::size_t kLabels, typename Value = std::int64_t>
struct Descriptor {
  std::string_view name;
  std::string_view unit;
  std::string_view help;
  std::array<std::string_view, kLabels> labels{};
  std::span<const double> buckets = kDefaultBuckets;

  static_assert(std::is_same_v<Value, std::int64_t> || std::is_same_v<Value, double>);
};

template <std::size_t kLabels, typename Value = std::int64_t>
using CounterDescriptor = Descriptor<Kind::kCounter, kLabels, Value>;
template <std::size_t kLabels, typename Value = std::int64_t>
using UpDownCounterDescriptor = Descriptor<Kind::kUpDownCounter, kLabels, Value>;
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
  bool whole_numbers;  ///< Counters and up-down counters whose values are integers.

  template <Kind kKind, std::size_t kLabels, typename Value>
  constexpr DescriptorView(const Descriptor<kKind, kLabels, Value>& d)  // NOLINT(google-explicit-constructor)
      : name(d.name),
        unit(d.unit),
        help(d.help),
        kind(kKind),
        labels(d.labels),
        buckets(d.buckets),
        whole_numbers(std::is_same_v<Value, std::int64_t> &&
                      (kKind == Kind::kCounter || kKind == Kind::kUpDownCounter)) {}
};

}  // namespace guildscope::metrics
