#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "guildscope/metrics/descriptor.hpp"

/// The instruments: a *family* is a metric, a *handle* is one of its series. Bind a handle once, keep it, record through
/// it: that is the hot path. The `Add`/`Set`/`Record` with labels on the family look the series up each time.
///
/// Threads: everything here may be used from any thread at once. Lifetime: handles and families are small copyable values
/// that stay valid as long as their Registry. A default-constructed handle records nothing.
/// Label values: any UTF-8; invalid bytes are replaced by U+FFFD, values over 1,024 bytes are cut there (and counted).
namespace guildscope::metrics {

class Family;  // a metric and its series, owned by the registry
class Series;  // the cells of one series

template <std::size_t N>
using LabelValues = std::array<std::string_view, N>;

/// Only goes up. Cost: see docs/performance.md.
class Counter {
 public:
  Counter() noexcept = default;
  void Add(std::uint64_t amount = 1) noexcept;
  [[nodiscard]] std::uint64_t Value() const noexcept;

 private:
  template <std::size_t N>
  friend class CounterFamily;
  explicit Counter(Series* series) noexcept : series_(series) {}
  Series* series_ = nullptr;
};

/// Goes up and down; the sum matters (running jobs), not the last value.
class UpDownCounter {
 public:
  UpDownCounter() noexcept = default;
  void Add(std::int64_t amount) noexcept;
  [[nodiscard]] std::int64_t Value() const noexcept;

 private:
  template <std::size_t N>
  friend class UpDownCounterFamily;
  explicit UpDownCounter(Series* series) noexcept : series_(series) {}
  Series* series_ = nullptr;
};

/// The last value counts. Add is atomic, for gauges that count things up and down.
class Gauge {
 public:
  Gauge() noexcept = default;
  void Set(double value) noexcept;
  void Add(double amount) noexcept;
  [[nodiscard]] double Value() const noexcept;

 private:
  template <std::size_t N>
  friend class GaugeFamily;
  explicit Gauge(Series* series) noexcept : series_(series) {}
  Series* series_ = nullptr;
};

/// Adds one while it lives: running jobs, handlers, players.
class [[nodiscard]] GaugeGuard {
 public:
  explicit GaugeGuard(Gauge gauge) noexcept : gauge_(gauge) { gauge_.Add(1); }
  ~GaugeGuard() { gauge_.Add(-1); }
  GaugeGuard(const GaugeGuard&) = delete;
  GaugeGuard& operator=(const GaugeGuard&) = delete;

 private:
  Gauge gauge_;
};

/// Counts values in buckets with inclusive upper bounds. NaN is not recorded (and counted as dropped).
class Histogram {
 public:
  Histogram() noexcept = default;
  void Record(double value) noexcept;
  void Record(std::chrono::duration<double> seconds) noexcept { Record(seconds.count()); }
  [[nodiscard]] std::uint64_t Count() const noexcept;
  [[nodiscard]] double Sum() const noexcept;

 private:
  template <std::size_t N>
  friend class HistogramFamily;
  explicit Histogram(Series* series) noexcept : series_(series) {}
  Series* series_ = nullptr;
};

namespace internal {
/// The series with these label values, made if it is not there yet. Never null: past the limit it is the overflow series.
[[nodiscard]] Series* FindOrMake(Family& family, std::span<const std::string_view> values) noexcept;
/// False when there was no such series.
bool Remove(Family& family, std::span<const std::string_view> values) noexcept;
}  // namespace internal

template <std::size_t N>
class CounterFamily {
 public:
  explicit CounterFamily(Family& family) noexcept : family_(&family) {}
  [[nodiscard]] Counter Bind(const LabelValues<N>& values = {}) const noexcept {
    return Counter(internal::FindOrMake(*family_, values));
  }
  void Add(std::uint64_t amount, const LabelValues<N>& values) const noexcept { Bind(values).Add(amount); }
  bool Remove(const LabelValues<N>& values) const noexcept { return internal::Remove(*family_, values); }

 private:
  Family* family_;
};

template <std::size_t N>
class UpDownCounterFamily {
 public:
  explicit UpDownCounterFamily(Family& family) noexcept : family_(&family) {}
  [[nodiscard]] UpDownCounter Bind(const LabelValues<N>& values = {}) const noexcept {
    return UpDownCounter(internal::FindOrMake(*family_, values));
  }
  void Add(std::int64_t amount, const LabelValues<N>& values) const noexcept { Bind(values).Add(amount); }
  bool Remove(const LabelValues<N>& values) const noexcept { return internal::Remove(*family_, values); }

 private:
  Family* family_;
};

template <std::size_t N>
class GaugeFamily {
 public:
  explicit GaugeFamily(Family& family) noexcept : family_(&family) {}
  [[nodiscard]] Gauge Bind(const LabelValues<N>& values = {}) const noexcept {
    return Gauge(internal::FindOrMake(*family_, values));
  }
  void Set(double value, const LabelValues<N>& values) const noexcept { Bind(values).Set(value); }
  bool Remove(const LabelValues<N>& values) const noexcept { return internal::Remove(*family_, values); }

 private:
  Family* family_;
};

template <std::size_t N>
class HistogramFamily {
 public:
  explicit HistogramFamily(Family& family) noexcept : family_(&family) {}
  [[nodiscard]] Histogram Bind(const LabelValues<N>& values = {}) const noexcept {
    return Histogram(internal::FindOrMake(*family_, values));
  }
  void Record(double value, const LabelValues<N>& values) const noexcept { Bind(values).Record(value); }
  bool Remove(const LabelValues<N>& values) const noexcept { return internal::Remove(*family_, values); }

 private:
  Family* family_;
};

/// Takes the values of an observable metric during one collection.
class RawObserver {
 public:
  virtual ~RawObserver() = default;
  virtual void Observe(std::span<const std::string_view> values, double value) = 0;
};

template <std::size_t N>
class Observer {
 public:
  explicit Observer(RawObserver& raw) noexcept : raw_(raw) {}
  void operator()(double value, const LabelValues<N>& values = {}) { raw_.Observe(values, value); }

 private:
  RawObserver& raw_;
};

}  // namespace guildscope::metrics
