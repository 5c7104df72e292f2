#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "guildscope/metrics/descriptor.hpp"

/// The instruments: a *family* is a metric, a *handle* is one of its series. Bind a handle once, keep it, record
/// through it: that is the hot path. The `Add`/`Set`/`Record` with labels on the family look the series up each time.
///
/// Threads: everything here may be used from any thread at once (a handle object itself is a value like a shared_ptr:
/// do not assign to it while another thread uses it). Lifetime: handles and families are small copyable values that
/// must not be used after their Registry has gone (destroying a handle then is fine). A default-constructed handle
/// records nothing. Label values: any UTF-8; invalid bytes are replaced by U+FFFD, values over 1,024 bytes are cut
/// there (and counted). An empty value means that the series does not have the label.
namespace guildscope::metrics {

class Family;  // a metric and its series, owned by the registry
class Series;  // the cells of one series

namespace internal {
void Retain(Series* series) noexcept;
void Release(Series* series) noexcept;

/// Keeps the cells of a series while a handle points to them, so that a series that was removed can be freed.
class SeriesRef {
 public:
  SeriesRef() noexcept = default;
  /// Takes over one reference.
  explicit SeriesRef(Series* series) noexcept : series_(series) {}
  SeriesRef(const SeriesRef& other) noexcept : series_(other.series_) {
    if (series_ != nullptr) Retain(series_);
  }
  SeriesRef(SeriesRef&& other) noexcept : series_(std::exchange(other.series_, nullptr)) {}
  SeriesRef& operator=(SeriesRef other) noexcept {
    std::swap(series_, other.series_);
    return *this;
  }
  ~SeriesRef() {
    if (series_ != nullptr) Release(series_);
  }
  [[nodiscard]] Series* get() const noexcept { return series_; }

 private:
  Series* series_ = nullptr;
};
}  // namespace internal

template <std::size_t N>
using LabelValues = std::array<std::string_view, N>;

/// Only goes up. An amount over 2^63 - 1 is a negative number that was converted: it is not added (and counted as
/// dropped). Cost: see docs/performance.md.
class Counter {
 public:
  Counter() noexcept = default;
  void Add(std::uint64_t amount = 1) noexcept;
  [[nodiscard]] std::uint64_t Value() const noexcept;

 private:
  template <std::size_t N>
  friend class CounterFamily;
  explicit Counter(Series* series) noexcept : series_(series) {}
  internal::SeriesRef series_;
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
  internal::SeriesRef series_;
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
  internal::SeriesRef series_;
};

/// Adds one while it lives: running jobs, handlers, players.
class [[nodiscard]] GaugeGuard {
 public:
  explicit GaugeGuard(Gauge gauge) noexcept : gauge_(std::move(gauge)) { gauge_.Add(1); }
  ~GaugeGuard() { gauge_.Add(-1); }
  GaugeGuard(const GaugeGuard&) = delete;
  GaugeGuard& operator=(const GaugeGuard&) = delete;

 private:
  Gauge gauge_;
};

/// Counts values in buckets with inclusive upper bounds. NaN and the infinities are not recorded (and
/// counted as dropped): one of them would spoil the sum for ever.
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
  internal::SeriesRef series_;
};

namespace internal {
/// The series with these label values, made if it is not there yet, with a reference for the caller. Never null: past
/// the limit it is the overflow series.
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
