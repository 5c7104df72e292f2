#include "guildscope/metrics/fine_buckets.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

namespace guildscope::metrics::internal {
namespace {

constexpr int kBucketsAnOctave = 1 << FineBuckets::kScale;
constexpr int kOctaves = FineBuckets::kExponentialBuckets / kBucketsAnOctave;

/// The exponent of the grid's lower end.
int LowestExponent(std::span<const double> explicit_bounds) {
  const auto positive = std::ranges::upper_bound(explicit_bounds, 0.0);
  const int middle =
      positive == explicit_bounds.end() ? 0 : (std::ilogb(*positive) + std::ilogb(explicit_bounds.back())) >> 1;
  // All of the grid in normal doubles.
  using Limits = std::numeric_limits<double>;
  return std::clamp(middle - kOctaves / 2, Limits::min_exponent - 1, Limits::max_exponent - 1 - kOctaves);
}

/// The first bound that is not below.
std::uint32_t BucketOf(std::span<const double> bounds, double value) {
  return static_cast<std::uint32_t>(std::ranges::lower_bound(bounds, value) - bounds.begin());
}

}  // namespace

double ExponentialBound(std::int32_t index) noexcept {
  // 2^(i/4), rounded down.
  constexpr std::array<double, kBucketsAnOctave> kRoots{1, 0x1.306fe0a31b715p0, 0x1.6a09e667f3bccp0,
                                                        0x1.ae89f995ad3adp0};
  return std::ldexp(kRoots[static_cast<std::size_t>(index % kBucketsAnOctave + kBucketsAnOctave) % kBucketsAnOctave],
                    index >> FineBuckets::kScale);
}

FineBuckets::FineBuckets(std::span<const double> explicit_bounds)
    : first_index_(LowestExponent(explicit_bounds) * kBucketsAnOctave) {
  // The lower bound of each; above the last one all is in its bucket.
  std::vector<double> exponential;
  for (std::int32_t i = 0; i < kExponentialBuckets; ++i) exponential.push_back(ExponentialBound(first_index_ + i));
  std::ranges::set_union(explicit_bounds, exponential, std::back_inserter(bounds_));
  for (const double bound : bounds_) {
    parts_.push_back({BucketOf(explicit_bounds, bound), BucketOf(exponential, bound)});
  }
  parts_.push_back({static_cast<std::uint32_t>(explicit_bounds.size()), kExponentialBuckets});
}

FineBuckets::Counts FineBuckets::MakeCounts() const {
  Counts counts;
  counts.explicit_counts.resize(parts_.back().explicit_bucket + std::size_t{1});
  counts.exponential_counts.resize(parts_.back().exponential_bucket + std::size_t{1});
  counts.exponential.scale = kScale;
  counts.exponential.zero_threshold = ExponentialBound(first_index_);
  return counts;
}

void FineBuckets::Split(std::span<const std::uint64_t> fine, Counts& counts) const noexcept {
  std::ranges::fill(counts.explicit_counts, 0);
  std::ranges::fill(counts.exponential_counts, 0);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (fine[i] == 0) continue;  // as most are: adding to one count again and again takes longer
    counts.explicit_counts[parts_[i].explicit_bucket] += fine[i];
    counts.exponential_counts[parts_[i].exponential_bucket] += fine[i];
  }
  ExponentialBuckets& exponential = counts.exponential;
  exponential.zero_count = counts.exponential_counts.front();
  const std::span<const std::uint64_t> positive = std::span(counts.exponential_counts).subspan(1);
  const auto counted = [](std::uint64_t count) { return count != 0; };
  const auto begin = std::ranges::find_if(positive, counted);
  const auto end = std::find_if(positive.rbegin(), std::make_reverse_iterator(begin), counted).base();
  exponential.positive_offset = first_index_ + static_cast<std::int32_t>(begin - positive.begin());
  exponential.positive = {begin, end};
}

}  // namespace guildscope::metrics::internal
