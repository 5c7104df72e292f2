#include "guildscope/metrics/bucket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "guildscope/metrics/descriptor.hpp"

namespace guildscope::metrics::internal {
namespace {

// What the OpenTelemetry specification says: bounds are inclusive from above.
std::uint32_t Expected(std::span<const double> bounds, double value) {
  return static_cast<std::uint32_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin());
}

void ExpectRightBuckets(const std::vector<double>& bounds) {
  const BucketFinder finder(bounds);
  std::vector<double> values{0.0,
                             -0.0,
                             1.0,
                             -1.0,
                             std::numeric_limits<double>::max(),
                             std::numeric_limits<double>::lowest(),
                             1e-300,
                             1e300,
                             std::numeric_limits<double>::denorm_min()};
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double bound : bounds) {
    for (const double value : {bound, std::nextafter(bound, kInfinity), std::nextafter(bound, -kInfinity), bound * 1.3,
                               bound * 0.7, -bound}) {
      if (std::isfinite(value)) values.push_back(value);
    }
  }
  for (const double value : values) EXPECT_EQ(finder.Find(value), Expected(bounds, value)) << value;
}

TEST(BucketFinder, FindsTheFirstBoundThatAValueDoesNotExceed) {
  ExpectRightBuckets({kDefaultBuckets.begin(), kDefaultBuckets.end()});
  ExpectRightBuckets({1});
  ExpectRightBuckets({0, 1});
  ExpectRightBuckets({0, std::numeric_limits<double>::denorm_min(), 1e-310, 1e-300});
  ExpectRightBuckets({5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000});
}

TEST(BucketFinder, FindsItWithoutBounds) { EXPECT_EQ(BucketFinder({}).Find(5), 0U); }

TEST(BucketFinder, FindsItAmongBoundsThatNoTableIsMadeFor) {
  ExpectRightBuckets({-10, -1, 0, 1, 10});
  ExpectRightBuckets({-0.0, 1});
  ExpectRightBuckets({1, std::nextafter(1.0, 2.0), 2});
  ExpectRightBuckets({1e-300, 1, 1.001, 1e300});
  std::vector<double> many;
  for (int i = 0; i < 1000; ++i) many.push_back(i);
  ExpectRightBuckets(many);
}

}  // namespace
}  // namespace guildscope::metrics::internal
