#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/collection.hpp"
#include "guildscope/metrics/descriptor.hpp"
#include "guildscope/metrics/exemplar.hpp"
#include "guildscope/metrics/instruments.hpp"
#include "guildscope/metrics/snapshot.hpp"

namespace guildscope::metrics {

struct RegistryOptions {
  /// Replaces `{prefix}` in names. Letters, digits and underscores, a letter first.
  std::string prefix = "disruptor";
  /// Series of one metric beyond which the rest is folded into one series with otel_metric_overflow="true". Series that
  /// were removed while handles are bound to them count as long as the handles live.
  std::size_t max_series_per_metric = 20'000;
  /// Other limits, by metric name (OpenTelemetry's, the prefix put in).
  std::map<std::string, std::size_t> max_series_overrides = {};
  /// Series of counters and histograms that were not written for this long are removed at a collection, as RemoveSeries
  /// does. Gauges stay: they state what is. 0: none are removed.
  std::chrono::nanoseconds idle{0};
  /// Of which values histograms keep exemplars: one a bucket, the first since the last collection.
  ExemplarFilter exemplars = ExemplarFilter::kTraceBased;
  /// Tells exponential buckets beside the explicit ones (see fine_buckets.hpp for which), of every histogram without a
  /// negative bound. Recording costs the same. A series has 160 cells more, so that a process has room for about 48,000
  /// series of histograms; the rest is folded.
  bool exponential_histograms = false;
};

/// Ends an observation when it is destroyed: after the destructor has returned, the callback does not run any more.
class [[nodiscard]] Subscription {
 public:
  Subscription() noexcept = default;
  explicit Subscription(std::function<void()> unsubscribe) noexcept : unsubscribe_(std::move(unsubscribe)) {}
  Subscription(Subscription&& other) noexcept : unsubscribe_(std::exchange(other.unsubscribe_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept {
    if (this != &other) {
      Reset();
      unsubscribe_ = std::exchange(other.unsubscribe_, nullptr);
    }
    return *this;
  }
  ~Subscription() { Reset(); }
  void Reset() noexcept {
    if (auto unsubscribe = std::exchange(unsubscribe_, nullptr)) unsubscribe();
  }

 private:
  std::function<void()> unsubscribe_;
};

/// Holds every series of one process and hands out the instruments that write them.
///
/// Threads: any. Lifetime: must outlive the families and handles that it gave (Telemetry sees to that).
/// Cost: Get and Bind look up under a lock and may allocate; do them once and keep the handle. A collection never makes
/// anyone wait who records, binds or makes series; it costs about 10 ns a series and what the collector does. A series
/// costs about 45 bytes and its label values once, and 8 bytes for each value in each thread that records it; a
/// histogram's series 48 more for each bucket, from its first exemplar on. What is
/// freed is used again for other series, and not given back to the system.
class Registry {
 public:
  /// Throws std::invalid_argument for a prefix that is no metric name.
  explicit Registry(RegistryOptions options = {}, const Clock& clock = RealClock());
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// The instruments of a metric; the same family each time. Throws std::invalid_argument when the name is already
  /// taken by a metric of another kind, unit, value type or label names, and says which.
  template <std::size_t N, typename Value>
  [[nodiscard]] CounterFamily<N, Value> Get(const CounterDescriptor<N, Value>& descriptor) {
    return CounterFamily<N, Value>(Find(descriptor));
  }
  template <std::size_t N>
  [[nodiscard]] GaugeFamily<N> Get(const GaugeDescriptor<N>& descriptor) {
    return GaugeFamily<N>(Find(descriptor));
  }
  template <std::size_t N, typename Value>
  [[nodiscard]] UpDownCounterFamily<N, Value> Get(const UpDownCounterDescriptor<N, Value>& descriptor) {
    return UpDownCounterFamily<N, Value>(Find(descriptor));
  }
  template <std::size_t N>
  [[nodiscard]] HistogramFamily<N> Get(const HistogramDescriptor<N>& descriptor) {
    return HistogramFamily<N>(Find(descriptor));
  }

  /// An observable counter or gauge: `observe` is called once a collection, on the collecting thread, and reports each
  /// series with observer({"label value", ...}, value). Series that it does not report are not exported.
  /// Several observations of one metric add up to one metric; values that they report for the same labels are added. A
  /// callback that throws is left out of the collection, with all it reported, and counted. It must not call Collect,
  /// nor wait for whoever destroys its subscription.
  template <Kind kKind, std::size_t N, typename Value>
    requires(kKind == Kind::kCounter || kKind == Kind::kGauge || kKind == Kind::kUpDownCounter)
  [[nodiscard]] Subscription Observe(const Descriptor<kKind, N, Value>& descriptor,
                                     std::type_identity_t<std::function<void(Observer<N>&)>> observe) {
    return AddObservation(descriptor, [observe = std::move(observe)](RawObserver& raw) {
      Observer<N> observer(raw);
      observe(observer);
    });
  }

  /// Removes every series that has this label value, in all metrics: a guild that left takes its series with it.
  /// Handles bound to them go on working and start a new series at their next write: counters and histograms from zero,
  /// gauges and up-down counters from the level they had (what was running still ends). Returns how many were removed.
  ///
  /// `last`, when given, is told what they held at their end; what handles show later was recorded after that, so
  /// that nothing is counted twice or not at all. It must not throw. Waits for a collection that is under way.
  std::size_t RemoveSeries(std::string_view label, std::string_view value, Collector* last = nullptr);

  /// Tells every series as it is now, and what the registry counts about itself (guildscope.metrics.*). Never makes a
  /// recording thread wait. Several threads may collect at once, they take turns; a callback runs in one of them at a
  /// time. The collector must not collect from the registry or remove from it.
  void Collect(Collector& collector);
  /// The same as a value of its own.
  [[nodiscard]] Snapshot Collect();

  [[nodiscard]] const RegistryOptions& options() const noexcept;

 private:
  Family& Find(const DescriptorView& descriptor);
  Subscription AddObservation(const DescriptorView& descriptor, std::function<void(RawObserver&)> observe);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::metrics
