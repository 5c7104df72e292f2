#include "guildscope/metrics/bucket.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace guildscope::metrics::internal {
namespace {

constexpr int kMantissaBits = 52;
constexpr int kMostBitsMore = 8;
constexpr std::int64_t kLargestTable = 16'384;  // 40 powers of two, parted by all these bits, and room

}  // namespace

BucketFinder::BucketFinder(std::span<const double> bounds)
    : count_(static_cast<std::uint32_t>(bounds.size())), bounds_storage_(bounds.begin(), bounds.end()) {
  bounds_storage_.push_back(std::numeric_limits<double>::infinity());
  bounds_ = bounds_storage_.data();
  // Keys of negative bounds fall, and hardly anything that is measured has them: these are counted.
  if (!bounds.empty() && !std::signbit(bounds.front())) MakeTable(bounds);
}

void BucketFinder::MakeTable(std::span<const double> bounds) {
  if (bounds.size() > std::numeric_limits<std::uint16_t>::max()) return;
  // As few bits as tell all bounds apart.
  for (int shift = kMantissaBits; shift >= kMantissaBits - kMostBitsMore; --shift) {
    bool apart = true;
    for (std::size_t i = 1; i < bounds.size(); ++i) apart &= Key(bounds[i], shift) != Key(bounds[i - 1], shift);
    if (!apart) continue;
    // One key before the second bound's, and one behind the last one's, for all values beyond. Below the second bound
    // only the first one is in question, so one that is zero makes the table no longer.
    first_key_ = Key(bounds[bounds.size() > 1 ? 1 : 0], shift) - 1;
    last_ = Key(bounds.back(), shift) + 1 - first_key_;
    if (last_ >= kLargestTable) return;
    shift_ = shift;
    table_storage_.push_back(0);
    std::uint16_t exceeded = 0;
    for (std::int64_t key = first_key_ + 1; key <= first_key_ + last_; ++key) {
      while (exceeded < bounds.size() && Key(bounds[exceeded], shift) < key) ++exceeded;
      table_storage_.push_back(exceeded);
    }
    table_ = table_storage_.data();
    return;
  }
}

std::uint32_t BucketFinder::CountExceeded(double value) const noexcept {
  constexpr std::uint32_t kMany = 32;
  if (count_ > kMany) return static_cast<std::uint32_t>(std::lower_bound(bounds_, bounds_ + count_, value) - bounds_);
  std::uint32_t exceeded = 0;
  for (std::uint32_t i = 0; i < count_; ++i) exceeded += value > bounds_[i] ? 1 : 0;
  return exceeded;
}

}  // namespace guildscope::metrics::internal
