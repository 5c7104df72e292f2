#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/descriptor.hpp"
#include "guildscope/metrics/series.hpp"
#include "guildscope/metrics/snapshot.hpp"

namespace guildscope::metrics {

/// Why a value was not recorded.
enum class DropReason { kNegative, kNotFinite };
/// Why a label value was changed.
enum class CleanReason { kInvalidUtf8, kTooLong };

struct FamilyLimits {
  std::size_t max_series = 0;
  std::chrono::nanoseconds idle{0};  ///< 0: idle series are kept.
};

/// What a metric counts about itself.
struct FamilyStatistics {
  std::size_t series = 0;
  std::uint64_t folded_writes = 0;
  std::uint64_t removed_series = 0;
  std::uint64_t callback_errors = 0;
  std::array<std::uint64_t, 2> dropped_values{};  ///< By DropReason.
  std::array<std::uint64_t, 2> cleaned_labels{};  ///< By CleanReason.
};

/// The values that observations report in one collection, by label values. Reports for the same labels add up.
using ObservedValues = std::map<std::vector<std::string>, double>;

/// A metric and its series: the inside of what the registry hands out as CounterFamily and so on.
///
/// Threads: any. The mutex guards the table of series and never the cells, so no write waits for it.
class Family {
 public:
  /// `descriptor`'s views are copied.
  Family(const DescriptorView& descriptor, std::string name, FamilyLimits limits, const Clock& clock);
  ~Family();
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  /// Throws std::invalid_argument when `descriptor` is not the one of this family.
  void CheckSame(const DescriptorView& descriptor) const;

  /// With one reference for the caller. The overflow series when the family is full, or memory is.
  [[nodiscard]] Series* FindOrMake(std::span<const std::string_view> values) noexcept;
  bool Remove(std::span<const std::string_view> values) noexcept;
  /// Removes every series whose label `label` has this value; returns how many.
  std::size_t RemoveMatching(std::string_view label, std::string_view value);

  /// Cleans the values and adds to what was observed for them.
  void Observe(ObservedValues& observed, std::span<const std::string_view> values, double value);
  /// The metric with its series and what was observed, sorted by label values.
  [[nodiscard]] Metric Collect(const ObservedValues* observed);

  void CountDropped(DropReason reason) noexcept { Bump(dropped_values_[static_cast<std::size_t>(reason)]); }
  void CountFolded() noexcept { Bump(folded_writes_); }
  void CountCallbackError() noexcept { Bump(callback_errors_); }
  [[nodiscard]] FamilyStatistics Statistics() const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::span<const double> bounds() const noexcept { return bounds_; }
  [[nodiscard]] bool has_labels() const noexcept { return !labels_.empty(); }
  [[nodiscard]] std::size_t max_series() const noexcept { return limits_.max_series; }

 private:
  struct SeriesHash {
    using is_transparent = void;
    std::size_t operator()(const Series* series) const noexcept { return series->hash(); }
    std::size_t operator()(std::span<const std::string_view> values) const noexcept;
  };
  struct SeriesEqual {
    using is_transparent = void;
    bool operator()(const Series* a, const Series* b) const noexcept { return a == b; }
    bool operator()(const Series* series, std::span<const std::string_view> values) const noexcept;
    bool operator()(std::span<const std::string_view> values, const Series* series) const noexcept {
      return (*this)(series, values);
    }
  };
  using Table = std::unordered_set<Series*, SeriesHash, SeriesEqual>;

  static void Bump(std::atomic<std::uint64_t>& counter) noexcept { counter.fetch_add(1, std::memory_order_relaxed); }

  /// Values as they are stored; `storage` keeps what had to be changed.
  [[nodiscard]] std::vector<std::string_view> Clean(std::span<const std::string_view> values,
                                                    std::vector<std::string>& storage);
  [[nodiscard]] Series* FindBound(std::span<const std::string_view> values) noexcept;
  [[nodiscard]] Series* Make(std::span<const std::string_view> values);
  /// Takes it out, or hides it while handles are bound to it; returns the next one. Under the exclusive lock.
  Table::iterator RemoveAt(Table::iterator position) noexcept;
  void CollectSeries(Metric& metric);
  void DropHiddenUnbound();
  void RemoveIdle();
  /// Returns the sum of what did not fit.
  double MergeObserved(Metric& metric, const ObservedValues& observed);
  void AddOverflow(Metric& metric, double observed_value);

  const std::string name_;
  const std::string unit_;
  const std::string help_;
  const Kind kind_;
  const std::vector<std::string> labels_;
  const std::vector<double> bounds_;
  const FamilyLimits limits_;
  const Clock& clock_;
  const std::chrono::system_clock::time_point start_;

  mutable std::shared_mutex mutex_;
  Table series_;  // guarded by mutex_
  // When series that are made now begin to count: the family's start, or the last removal. That is never too late, as
  // nothing was counted in between, and never early enough to overlap with a removed series of the same labels. Few
  // different times are wanted, because OTLP's SDK classes have one for a whole metric. Guarded by mutex_.
  std::chrono::system_clock::time_point epoch_;
  Series* overflow_;

  std::atomic<std::size_t> observed_series_{0};  // in the last collection
  std::atomic<std::uint64_t> folded_writes_{0};
  std::atomic<std::uint64_t> removed_series_{0};
  std::atomic<std::uint64_t> callback_errors_{0};
  std::array<std::atomic<std::uint64_t>, 2> dropped_values_{};
  std::array<std::atomic<std::uint64_t>, 2> cleaned_labels_{};
};

}  // namespace guildscope::metrics
