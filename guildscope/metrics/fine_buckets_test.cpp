#include "guildscope/metrics/fine_buckets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <random>

#include "guildscope/metrics/bucket.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::metrics::internal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// 2^(index/4), with 11 bits more than a double has.
long double Boundary(std::int32_t index) { return std::exp2(static_cast<long double>(index) / 4); }

/// OTLP's index of a positive value: above 2^(index/4), and up to the next boundary.
std::int32_t Index(double value) {
  auto index = static_cast<std::int32_t>(std::floor(4 * std::log2(value)));
  while (static_cast<long double>(value) > Boundary(index + 1)) ++index;
  while (static_cast<long double>(value) <= Boundary(index)) --index;
  return index;
}

/// What both histograms say after one value.
class Counted {
 public:
  Counted(const std::vector<double>& bounds, std::initializer_list<double> values)
      : fine_(bounds), finder_(fine_.bounds()), counts_(fine_.MakeCounts()) {
    std::vector<std::uint64_t> cells(finder_.bounds() + std::size_t{1});
    for (const double value : values) ++cells[finder_.Find(value)];
    fine_.Split(cells, counts_);
  }
  [[nodiscard]] const ExponentialBuckets& exponential() const { return counts_.exponential; }
  [[nodiscard]] const std::vector<std::uint64_t>& explicit_counts() const { return counts_.explicit_counts; }

 private:
  FineBuckets fine_;
  BucketFinder finder_;
  FineBuckets::Counts counts_;
};

TEST(ExponentialBound, IsTheLargestDoubleThatIsNotAboveThePowerOfTheBase) {
  for (std::int32_t index = 4 * -1022; index < 4 * 1024; ++index) {
    const double bound = ExponentialBound(index);
    EXPECT_LE(static_cast<long double>(bound), Boundary(index)) << index;
    if (bound < std::numeric_limits<double>::max()) {
      EXPECT_GT(static_cast<long double>(std::nextafter(bound, kInfinity)), Boundary(index)) << index;
    }
    if (index % 4 == 0) {
      EXPECT_EQ(bound, std::ldexp(1, index / 4));
    }
  }
}

/// Checks the buckets of every bound and of its neighbours, and of values at random.
void ExpectRightBuckets(const std::vector<double>& bounds) {
  const FineBuckets fine(bounds);
  const BucketFinder finder(fine.bounds());
  FineBuckets::Counts counts = fine.MakeCounts();
  const double lowest = counts.exponential.zero_threshold;
  const double highest = std::ldexp(lowest, 40);
  std::vector<double> values{0.0, -0.0, -1.0, 1.0, lowest, highest, std::numeric_limits<double>::denorm_min()};
  for (const double bound : fine.bounds()) {
    for (const double value : {bound, std::nextafter(bound, kInfinity), std::nextafter(bound, -kInfinity)}) {
      values.push_back(value);
    }
  }
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(std::log2(lowest) - 2, std::log2(highest) + 2);
  for (int i = 0; i < 2'000; ++i) values.push_back(std::exp2(exponent(random)));

  std::vector<std::uint64_t> cells(fine.bounds().size() + 1);
  for (const double value : values) {
    const std::uint32_t cell = finder.Find(value);
    cells[cell] = 1;
    fine.Split(cells, counts);
    cells[cell] = 0;
    const auto bucket = std::ranges::lower_bound(bounds, value) - bounds.begin();
    EXPECT_EQ(counts.explicit_counts.at(static_cast<std::size_t>(bucket)), 1U) << value;
    EXPECT_EQ(fine.ExplicitBucket(cell), static_cast<std::uint32_t>(bucket)) << value;
    const ExponentialBuckets& exponential = counts.exponential;
    EXPECT_EQ(exponential.scale, 2);
    if (value <= lowest) {
      EXPECT_EQ(exponential.zero_count, 1U) << value;
      EXPECT_THAT(exponential.positive, IsEmpty()) << value;
    } else {
      EXPECT_EQ(exponential.zero_count, 0U) << value;
      EXPECT_THAT(exponential.positive, ElementsAre(1)) << value;
      EXPECT_EQ(exponential.positive_offset, Index(std::min(value, highest))) << value;
    }
  }
}

TEST(FineBuckets, CountAValueInTheRightBucketOfBothHistograms) {
  ExpectRightBuckets({kDefaultBuckets.begin(), kDefaultBuckets.end()});
  ExpectRightBuckets({});
  ExpectRightBuckets({1});
  ExpectRightBuckets({0});
  ExpectRightBuckets({0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000});
  ExpectRightBuckets({.1, .2, .3, .4, .5, .6, .7, .8, .9, 1});
  ExpectRightBuckets({1, 1.189207115002721, 1.1892071150027212, 2});
  ExpectRightBuckets({1e-9, 1e9});
  ExpectRightBuckets({1e-300, 1e-299});
  ExpectRightBuckets({1e300, std::numeric_limits<double>::max()});
}

TEST(FineBuckets, FindTheirCellByATableForAllBoundsThatAreUsual) {
  for (const DescriptorView& metric : catalogue::All()) {
    if (metric.kind != Kind::kHistogram) continue;
    ASSERT_TRUE(FineBuckets::Suits(metric.buckets)) << metric.name;
    EXPECT_TRUE(BucketFinder(FineBuckets(metric.buckets).bounds()).has_table()) << metric.name;
  }
  // What OpenTelemetry's SDKs have for default bounds, and its conventions recommend for HTTP.
  for (const std::vector<double>& bounds :
       {std::vector<double>{0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000},
        {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}}) {
    EXPECT_TRUE(BucketFinder(FineBuckets(bounds).bounds()).has_table()) << bounds.back();
  }
}

TEST(FineBuckets, ReachFromAnEighthOfAMicrosecondToThirtySixHoursWithTheDefaultBounds) {
  const std::vector<double> bounds(kDefaultBuckets.begin(), kDefaultBuckets.end());
  const double lowest = std::ldexp(1, -23);
  const double highest = std::ldexp(1, 17);
  EXPECT_EQ(Counted(bounds, {}).exponential().zero_threshold, lowest);
  const Counted all(bounds, {std::nextafter(lowest, 1), highest});
  EXPECT_EQ(all.exponential().zero_count, 0U);
  EXPECT_EQ(all.exponential().positive_offset, -23 * 4);
  EXPECT_EQ(all.exponential().positive.size(), 160U);
}

TEST(FineBuckets, CountWhatIsOutsideAtTheirEnds) {
  const Counted below({0.5, 1}, {0, -0.0, -7, 1e-300, std::numeric_limits<double>::lowest()});
  EXPECT_EQ(below.exponential().zero_count, 5U);
  EXPECT_THAT(below.exponential().positive, IsEmpty());
  EXPECT_THAT(below.explicit_counts(), ElementsAre(5, 0, 0));
  const Counted above({0.5, 1}, {1e300, std::numeric_limits<double>::max()});
  EXPECT_EQ(above.exponential().zero_count, 0U);
  EXPECT_THAT(above.exponential().positive, ElementsAre(2));
  EXPECT_EQ(above.exponential().positive_offset, 4 * (std::ilogb(below.exponential().zero_threshold) + 40) - 1);
  EXPECT_THAT(above.explicit_counts(), ElementsAre(0, 0, 2));
}

TEST(FineBuckets, LeaveOutTheEmptyOnesAtTheEndsAndNoneBetween) {
  const Counted counted({0.5, 1}, {0.75, 1, 1.1, 3, 3});
  EXPECT_EQ(counted.exponential().positive_offset, -2);
  EXPECT_THAT(counted.exponential().positive, ElementsAre(1, 1, 1, 0, 0, 0, 0, 0, 2));
  EXPECT_THAT(counted.explicit_counts(), ElementsAre(0, 2, 3));
}

TEST(FineBuckets, DoNotSuitAMetricWithANegativeBound) {
  EXPECT_FALSE(FineBuckets::Suits(std::array{-1.0, 1.0}));
  EXPECT_TRUE(FineBuckets::Suits(std::array{0.0, 1.0}));
  EXPECT_TRUE(FineBuckets::Suits(std::array{-0.0, 1.0}));
  EXPECT_TRUE(FineBuckets::Suits({}));
}

}  // namespace
}  // namespace guildscope::metrics::internal
