#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/bucket.hpp"
#include "guildscope/metrics/collection.hpp"
#include "guildscope/metrics/descriptor.hpp"
#include "guildscope/metrics/fine_buckets.hpp"
#include "guildscope/metrics/series.hpp"
#include "guildscope/metrics/series_order.hpp"
#include "guildscope/metrics/series_table.hpp"

namespace guildscope::metrics {

/// Why a value was not recorded.
enum class DropReason { kNegative, kNotFinite };
/// Why a label value was changed.
enum class CleanReason { kInvalidUtf8, kTooLong };

struct FamilyLimits {
  std::size_t max_series = 0;
  std::chrono::nanoseconds idle{0};  ///< 0: idle series are kept.
  ExemplarFilter exemplars = ExemplarFilter::kTraceBased;
  bool exponential = false;  ///< Histograms: exponential buckets too.
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
/// Threads: any, under two mutexes. `collecting` is the registry's: whoever reads, removes or frees series holds it,
/// for as long as that takes. The family's own guards what those who record need to bind and to make series, and nobody
/// holds it for longer than that takes. Looking a series up takes neither.
class Family {
 public:
  /// `descriptor`'s views are copied.
  Family(const DescriptorView& descriptor, std::string name, FamilyLimits limits, const Clock& clock,
         std::mutex& collecting);
  ~Family();
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  /// Throws std::invalid_argument when `descriptor` is not the one of this family.
  void CheckSame(const DescriptorView& descriptor) const;

  /// The series, or the overflow series when it cannot be made any more; null when it has to be made, or its labels
  /// cleaned. Inside a ReadSection.
  [[nodiscard]] Series* Find(std::span<const std::string_view> values) const noexcept;
  /// With one reference for the caller. The overflow series when the family is full, or memory is.
  [[nodiscard]] Series* FindOrMake(std::span<const std::string_view> values) noexcept;

  bool Remove(std::span<const std::string_view> values) noexcept;
  /// Removes every series whose label `label` has this value; returns how many. `last`, when given, is told what they
  /// held at their end.
  std::size_t RemoveMatching(std::string_view label, std::string_view value, Collector* last);

  /// Cleans the values and adds to what was observed for them.
  void Observe(ObservedValues& observed, std::span<const std::string_view> values, double value);

  // The steps of a collection. The caller holds `collecting` all the time.
  /// Puts the series that were made since into order. What is told comes from series that were there by then.
  void TakeNewSeries();
  /// `sums`, of all cells, must have been read after TakeNewSeries, and live until FinishCollection.
  void BeginCollection(const std::uint64_t* sums, const ObservedValues* observed);
  /// The metric with its series and what was observed, sorted by label values.
  void Tell(Collector& collector, std::chrono::system_clock::time_point time);
  /// Removes what is idle, and frees what was removed and is not bound any more.
  void FinishCollection();

  void CountDropped(DropReason reason) noexcept { Bump(dropped_values_[static_cast<std::size_t>(reason)]); }
  void CountFolded() noexcept { Bump(folded_writes_); }
  void CountCallbackError() noexcept { Bump(callback_errors_); }
  [[nodiscard]] FamilyStatistics Statistics() const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::span<const double> bounds() const noexcept { return bounds_; }
  /// Of what a histogram counts: its explicit buckets, or parts of them.
  [[nodiscard]] const internal::BucketFinder& buckets() const noexcept { return buckets_; }
  [[nodiscard]] std::uint32_t ExplicitBucket(std::uint32_t bucket) const noexcept {
    return fine_ ? fine_->ExplicitBucket(bucket) : bucket;
  }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] bool has_labels() const noexcept { return !labels_.empty(); }
  [[nodiscard]] std::size_t max_series() const noexcept { return limits_.max_series; }

 private:
  struct ObservedSeries {
    std::string packed_values;
    double value;
  };

  static void Bump(std::atomic<std::uint64_t>& counter) noexcept { counter.fetch_add(1, std::memory_order_relaxed); }

  /// Values as they are stored; `storage` keeps what had to be changed.
  [[nodiscard]] std::vector<std::string_view> Clean(std::span<const std::string_view> values,
                                                    std::vector<std::string>& storage);
  [[nodiscard]] Series* FindBound(std::span<const std::string_view> values) noexcept;
  [[nodiscard]] Series* Make(std::span<const std::string_view> values);

  // Removal, see family_remove.cpp.
  std::size_t RemoveAll(std::span<Series* const> removed, Collector* last);
  bool Unlink(Series& series) noexcept;
  void List(Series& series) noexcept;
  void RemoveIdle(std::vector<Series*>& unlinked);
  void EndIdle(Series& series, std::vector<Series*>& unlinked);
  void FreeUnlinked(const std::vector<Series*>& unlinked);
  bool Relink(Series& series);
  void MoveUnseen(const internal::CellReader& reader, const Series& series, std::span<std::uint64_t> sums);
  [[nodiscard]] Series* FindPacked(std::string_view packed) const;
  void FreeOutgrownTables();
  /// Levels outlive a removal; counts and sums do not.
  [[nodiscard]] bool keeps_level() const noexcept { return kind_ == Kind::kGauge || kind_ == Kind::kUpDownCounter; }
  void Subtract(const internal::CellReader& reader, const Series& series, std::span<const std::uint64_t> sums) noexcept;
  [[nodiscard]] static std::uint64_t Activity(std::span<const std::uint64_t> sums) noexcept;
  [[nodiscard]] std::span<const std::uint64_t> SumsOf(const Series& series) const noexcept;

  // Telling, see family_collect.cpp.
  void FoldOrKeepObserved(const ObservedValues& observed);
  [[nodiscard]] MetricView View(std::chrono::system_clock::time_point time) const noexcept;
  /// Its exemplars, up to `time`, and its buckets are valid until the next call.
  [[nodiscard]] SeriesView View(const Series& series, std::span<const std::uint64_t> sums, double observed,
                                std::chrono::system_clock::time_point time) noexcept;
  [[nodiscard]] SeriesView View(const ObservedSeries& observed) const noexcept;
  void SetNumber(SeriesView& view, double number) const noexcept;
  void SetBuckets(SeriesView& view, std::span<const std::uint64_t> counts) noexcept;

  const std::string name_;
  const std::string unit_;
  const std::string help_;
  const Kind kind_;
  const bool whole_numbers_;
  const std::vector<std::string> labels_;
  const std::vector<double> bounds_;
  const std::optional<internal::FineBuckets> fine_;  // of a histogram with exponential buckets
  const internal::BucketFinder buckets_;
  const FamilyLimits limits_;
  const Clock& clock_;
  const std::chrono::system_clock::time_point start_;
  const internal::BlockRef owner_;
  Series* const overflow_;

  std::mutex mutex_;
  SeriesTable table_;                    // changed under mutex_
  std::vector<internal::BlockRef> new_;  // not in order_ yet; guarded by mutex_
  // When series that are made now begin to count: the family's start, or the last removal. That is never too late, as
  // nothing was counted in between, and never early enough to overlap with a removed series of the same labels. Few
  // different times are wanted, because OTLP's SDK classes have one for a whole metric. Guarded by mutex_.
  std::chrono::system_clock::time_point epoch_;

  std::mutex& collecting_;
  SeriesOrder order_;            // guarded by collecting_, as all up to the blank line
  std::vector<Series*> hidden_;  // and some that were shown again meanwhile
  const std::uint64_t* sums_ = nullptr;
  std::vector<Exemplar> exemplars_;       // of one series, while it is told
  internal::FineBuckets::Counts counts_;  // likewise
  std::vector<ObservedSeries> observed_;
  double observed_overflow_ = 0;

  std::atomic<std::size_t> observed_series_{0};  // in the last collection
  std::atomic<std::uint64_t> folded_writes_{0};
  std::atomic<std::uint64_t> removed_series_{0};
  std::atomic<std::uint64_t> callback_errors_{0};
  std::array<std::atomic<std::uint64_t>, 2> dropped_values_{};
  std::array<std::atomic<std::uint64_t>, 2> cleaned_labels_{};
};

}  // namespace guildscope::metrics
