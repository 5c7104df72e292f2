#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guildscope/metrics/descriptor.hpp"
#include "guildscope/metrics/recording.hpp"

/// The instruments: a *family* is a metric, a *handle* is one of its series. Bind a handle once, keep it, record
/// through it: that is the hot path. The `Add`/`Set`/`Record` with labels on the family look the series up each time.
///
/// Cost: docs/performance.md has the figures. Recording through a handle is a few instructions on memory that no other
/// thread writes (a gauge: on one cell that all threads share); it never waits and never allocates, but for a thread's
/// first record in a series, which may map memory. With labels in the call a hash and a look-up come before it, without
/// a lock; the first call for a series makes it. `Value`, `Count` and `Sum` read what all threads have recorded and
/// wait for each other and for the part of a collection that does the same (about a millisecond for 100,000 series).
///
/// Threads: everything here may be used from any thread at once (a handle object itself is a value like a shared_ptr:
/// do not assign to it while another thread uses it). Lifetime: handles and families are small copyable values that
/// must not be used after their Registry has gone (destroying a handle then is fine). A default-constructed handle
/// records nothing. Label values: any UTF-8; invalid bytes are replaced by U+FFFD, values over 1,024 bytes are cut
/// there (and counted). An empty value means that the series does not have the label.
namespace guildscope::metrics {

template <std::size_t N>
using LabelValues = std::array<std::string_view, N>;

namespace internal {
/// The series with these label values, made if it is not there yet, bound. Never without a series: past the limit it is
/// the overflow series.
[[nodiscard]] Binding Bind(Family& family, std::span<const std::string_view> values) noexcept;
[[nodiscard]] Binding BindHistogram(Family& family, std::span<const std::string_view> values) noexcept;
/// False when there was no such series.
bool Remove(Family& family, std::span<const std::string_view> values) noexcept;

void AddCount(Family& family, std::span<const std::string_view> values, std::uint64_t amount) noexcept;
void AddLevel(Family& family, std::span<const std::string_view> values, std::int64_t amount) noexcept;
void AddNumber(Family& family, std::span<const std::string_view> values, double amount) noexcept;
void AddPositiveNumber(Family& family, std::span<const std::string_view> values, double amount) noexcept;
void SetGauge(Family& family, std::span<const std::string_view> values, double value) noexcept;
void RecordValue(Family& family, std::span<const std::string_view> values, double value) noexcept;

/// The last cell of a series, and what its other cells add up to. 0 without a series.
[[nodiscard]] std::uint64_t ReadLast(const Series* series) noexcept;
[[nodiscard]] std::uint64_t ReadActivity(const Series* series) noexcept;

[[nodiscard]] const BucketFinder& BucketsOf(const Family& family) noexcept;
}  // namespace internal

/// Only goes up. `Value` is std::int64_t or double. Of whole numbers, an amount over 2^63 - 1 is a negative number that
/// was converted; negative amounts, NaN and the infinities are not added (and counted as dropped).
template <typename Number>
class BasicCounter {
 public:
  using Amount = std::conditional_t<std::is_same_v<Number, double>, double, std::uint64_t>;

  BasicCounter() noexcept = default;
  void Add(Amount amount = 1) const noexcept {
    if constexpr (std::is_same_v<Amount, double>) {
      internal::AddPositiveNumber(binding_.series(), binding_.cell(), amount);
    } else {
      internal::AddCount(binding_.series(), binding_.cell(), amount);
    }
  }
  [[nodiscard]] Amount Value() const noexcept {
    // Taking doubles away from a sum of doubles leaves a rounding error, which may be negative.
    return std::max(Amount{0}, std::bit_cast<Amount>(internal::ReadLast(binding_.series())));
  }

 private:
  template <std::size_t N, typename V>
  friend class CounterFamily;
  explicit BasicCounter(internal::Binding binding) noexcept : binding_(std::move(binding)) {}
  internal::Binding binding_;
};
using Counter = BasicCounter<std::int64_t>;
using DoubleCounter = BasicCounter<double>;

/// Goes up and down; the sum matters (running jobs), not the last value. Of doubles, NaN and the infinities are not
/// added (and counted as dropped).
template <typename Number>
class BasicUpDownCounter {
 public:
  using Amount = Number;

  BasicUpDownCounter() noexcept = default;
  void Add(Amount amount) const noexcept {
    if constexpr (std::is_same_v<Amount, double>) {
      internal::AddNumber(binding_.series(), binding_.cell(), amount);
    } else {
      internal::AddLevel(binding_.series(), binding_.cell(), amount);
    }
  }
  [[nodiscard]] Amount Value() const noexcept { return std::bit_cast<Amount>(internal::ReadLast(binding_.series())); }

 private:
  template <std::size_t N, typename V>
  friend class UpDownCounterFamily;
  explicit BasicUpDownCounter(internal::Binding binding) noexcept : binding_(std::move(binding)) {}
  internal::Binding binding_;
};
using UpDownCounter = BasicUpDownCounter<std::int64_t>;
using DoubleUpDownCounter = BasicUpDownCounter<double>;

/// The last value counts, whatever double it is. Add is atomic, for gauges that count things up and down.
class Gauge {
 public:
  Gauge() noexcept = default;
  void Set(double value) const noexcept { internal::SetGauge(binding_.series(), binding_.cell(), value); }
  void Add(double amount) const noexcept { internal::AddGauge(binding_.series(), binding_.cell(), amount); }
  [[nodiscard]] double Value() const noexcept { return std::bit_cast<double>(internal::ReadLast(binding_.series())); }

 private:
  template <std::size_t N>
  friend class GaugeFamily;
  explicit Gauge(internal::Binding binding) noexcept : binding_(std::move(binding)) {}
  internal::Binding binding_;
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
  void Record(double value) const noexcept {
    internal::RecordValue(binding_.series(), binding_.cell(), buckets_, value);
  }
  void Record(std::chrono::duration<double> seconds) const noexcept { Record(seconds.count()); }
  [[nodiscard]] std::uint64_t Count() const noexcept { return internal::ReadActivity(binding_.series()); }
  [[nodiscard]] double Sum() const noexcept { return std::bit_cast<double>(internal::ReadLast(binding_.series())); }

 private:
  template <std::size_t N>
  friend class HistogramFamily;
  Histogram(internal::Binding binding, const internal::BucketFinder& buckets) noexcept
      : binding_(std::move(binding)), buckets_(&buckets) {}
  internal::Binding binding_;
  const internal::BucketFinder* buckets_ = nullptr;
};

template <std::size_t N, typename Value = std::int64_t>
class CounterFamily {
 public:
  using Handle = BasicCounter<Value>;
  explicit CounterFamily(Family& family) noexcept : family_(&family) {}
  [[nodiscard]] Handle Bind(const LabelValues<N>& values = {}) const noexcept {
    return Handle(internal::Bind(*family_, values));
  }
  void Add(typename Handle::Amount amount, const LabelValues<N>& values) const noexcept {
    if constexpr (std::is_same_v<Value, double>) {
      internal::AddPositiveNumber(*family_, values, amount);
    } else {
      internal::AddCount(*family_, values, amount);
    }
  }
  bool Remove(const LabelValues<N>& values) const noexcept { return internal::Remove(*family_, values); }

 private:
  Family* family_;
};

template <std::size_t N, typename Value = std::int64_t>
class UpDownCounterFamily {
 public:
  using Handle = BasicUpDownCounter<Value>;
  explicit UpDownCounterFamily(Family& family) noexcept : family_(&family) {}
  [[nodiscard]] Handle Bind(const LabelValues<N>& values = {}) const noexcept {
    return Handle(internal::Bind(*family_, values));
  }
  void Add(Value amount, const LabelValues<N>& values) const noexcept {
    if constexpr (std::is_same_v<Value, double>) {
      internal::AddNumber(*family_, values, amount);
    } else {
      internal::AddLevel(*family_, values, amount);
    }
  }
  bool Remove(const LabelValues<N>& values) const noexcept { return internal::Remove(*family_, values); }

 private:
  Family* family_;
};

template <std::size_t N>
class GaugeFamily {
 public:
  explicit GaugeFamily(Family& family) noexcept : family_(&family) {}
  [[nodiscard]] Gauge Bind(const LabelValues<N>& values = {}) const noexcept {
    return Gauge(internal::Bind(*family_, values));
  }
  void Set(double value, const LabelValues<N>& values) const noexcept { internal::SetGauge(*family_, values, value); }
  bool Remove(const LabelValues<N>& values) const noexcept { return internal::Remove(*family_, values); }

 private:
  Family* family_;
};

template <std::size_t N>
class HistogramFamily {
 public:
  explicit HistogramFamily(Family& family) noexcept : family_(&family) {}
  [[nodiscard]] Histogram Bind(const LabelValues<N>& values = {}) const noexcept {
    return {internal::BindHistogram(*family_, values), internal::BucketsOf(*family_)};
  }
  void Record(double value, const LabelValues<N>& values) const noexcept {
    internal::RecordValue(*family_, values, value);
  }
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
