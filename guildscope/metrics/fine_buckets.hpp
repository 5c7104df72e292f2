#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "guildscope/metrics/collection.hpp"

namespace guildscope::metrics::internal {

/// Buckets that are parted by the bounds of two histograms: the explicit one that a metric has, and an exponential one
/// (OTLP's data model, "ExponentialHistogram"). So a value is counted once, by one look-up in one table, and what is
/// told of both always has the same count. Not for a metric that measures negative values, see Suits.
///
/// The exponential buckets: scale 2, which makes each wider than the one before by 2^(1/4) (19 %), and 160 of them: 40
/// powers of two around the middle of the metric's bounds. In seconds, with the default bounds: 0.12 µs to 36 hours. A
/// finite value outside of that is counted at its end of it: in the last bucket; or, if it is less, zero and negative
/// ones included, as zero, with the lower end for the threshold.
///
/// Cost: of a record, nothing; but about 20 ns where a bound is within half a percent of an exponential one, so that
/// BucketFinder has no table. Split, about 200 ns. Threads: any; immutable.
class FineBuckets {
 public:
  static constexpr std::int32_t kScale = 2;
  static constexpr std::int32_t kExponentialBuckets = 160;

  /// Of rising, finite bounds.
  explicit FineBuckets(std::span<const double> explicit_bounds);

  /// False with a negative bound: negative values would all be told as zero.
  [[nodiscard]] static bool Suits(std::span<const double> explicit_bounds) noexcept {
    return explicit_bounds.empty() || explicit_bounds.front() >= 0;
  }

  /// Rising, each once; inclusive from above, as those of both histograms are.
  [[nodiscard]] std::span<const double> bounds() const noexcept { return bounds_; }
  /// The explicit bucket that a fine one is a part of.
  [[nodiscard]] std::uint32_t ExplicitBucket(std::uint32_t fine) const noexcept { return parts_[fine].explicit_bucket; }

  /// What both histograms have counted; the views in `exponential` are of the other members.
  struct Counts {
    std::vector<std::uint64_t> explicit_counts;
    std::vector<std::uint64_t> exponential_counts;  // the first: zero
    ExponentialBuckets exponential;
  };
  [[nodiscard]] Counts MakeCounts() const;
  /// `fine` has a count for each bucket. Empty buckets at both ends are left out of the exponential ones.
  void Split(std::span<const std::uint64_t> fine, Counts& counts) const noexcept;

 private:
  struct Part {
    std::uint32_t explicit_bucket;
    std::uint32_t exponential_bucket;  // 0: zero
  };

  std::int32_t first_index_;  // of the exponential buckets, as OTLP numbers them
  std::vector<double> bounds_;
  std::vector<Part> parts_;  // by fine bucket
};

/// The largest double that is not above 2^(index / 4): where the bucket before `index` ends, exactly, as no double lies
/// between. `index`: of a normal double.
[[nodiscard]] double ExponentialBound(std::int32_t index) noexcept;

}  // namespace guildscope::metrics::internal
