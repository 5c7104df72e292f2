#include "guildscope/metrics/series.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "guildscope/metrics/family.hpp"

namespace guildscope::metrics {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

void AddDouble(std::atomic<std::uint64_t>& bits, double amount) noexcept {
  std::uint64_t old = bits.load(kRelaxed);
  while (
      !bits.compare_exchange_weak(old, std::bit_cast<std::uint64_t>(std::bit_cast<double>(old) + amount), kRelaxed)) {
  }
}

}  // namespace

std::string PackValues(std::span<const std::string_view> values) {
  std::string packed;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) packed += kValueSeparator;
    packed += values[i];
  }
  return packed;
}

std::vector<std::string> UnpackValues(std::string_view packed, std::size_t count) {
  std::vector<std::string> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = std::min(packed.find(kValueSeparator), packed.size());
    values.emplace_back(packed.substr(0, end));
    packed.remove_prefix(std::min(end + 1, packed.size()));
  }
  return values;
}

std::string_view PackedValue(std::string_view packed, std::size_t index) noexcept {
  for (; index > 0; --index) packed.remove_prefix(packed.find(kValueSeparator) + 1);
  return packed.substr(0, packed.find(kValueSeparator));
}

Series::Series(Family& family, std::string packed_values, std::size_t hash, std::chrono::system_clock::time_point start,
               bool overflow)
    : family_(family),
      flags_(overflow ? kOverflow : std::uint8_t{0}),
      hash_(hash),
      packed_values_(std::move(packed_values)),
      start_(start) {
  if (family.kind() == Kind::kHistogram) {
    buckets_ = std::make_unique<std::atomic<std::uint64_t>[]>(family.bounds().size() + 1);
  }
}

void Series::AddCount(std::uint64_t amount) noexcept {
  // A negative number that was converted: adding it would wrap the counter round.
  if (amount > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) [[unlikely]] {
    family_.CountDropped(DropReason::kNegative);
    return;
  }
  bits_.fetch_add(amount, kRelaxed);
  Written();
}

void Series::AddLevel(std::int64_t amount) noexcept {
  bits_.fetch_add(static_cast<std::uint64_t>(amount), kRelaxed);
  Written();
}

void Series::SetValue(double value) noexcept {
  bits_.store(std::bit_cast<std::uint64_t>(value), kRelaxed);
  Written();
}

void Series::AddValue(double amount) noexcept {
  AddDouble(bits_, amount);
  Written();
}

void Series::Record(double value) noexcept {
  if (!std::isfinite(value)) [[unlikely]] {
    family_.CountDropped(DropReason::kNotFinite);
    return;
  }
  const std::span<const double> bounds = family_.bounds();
  // Counted instead of searched: ten bounds are compared faster than a search mispredicts.
  std::size_t bucket = 0;
  for (const double bound : bounds) bucket += value > bound ? 1 : 0;
  buckets_[bucket].fetch_add(1, kRelaxed);
  AddDouble(bits_, value);
  Written();
}

double Series::Value() const noexcept { return std::bit_cast<double>(bits_.load(kRelaxed)); }

std::uint64_t Series::HistogramCount() const noexcept {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= family_.bounds().size(); ++i) count += buckets_[i].load(kRelaxed);
  return count;
}

void Series::Read(Point& point) const {
  switch (family_.kind()) {
    case Kind::kCounter:
      point.value = static_cast<double>(Count());
      break;
    case Kind::kUpDownCounter:
      point.value = static_cast<double>(static_cast<std::int64_t>(Count()));
      break;
    case Kind::kGauge:
      point.value = Value();
      break;
    case Kind::kHistogram:
      point.bucket_counts.resize(family_.bounds().size() + 1);
      for (std::size_t i = 0; i < point.bucket_counts.size(); ++i) {
        point.bucket_counts[i] = buckets_[i].load(kRelaxed);
        // The sum of what was read, so that count and buckets agree whatever is recorded meanwhile.
        point.count += point.bucket_counts[i];
      }
      point.sum = Value();
      break;
  }
}

void Series::Hide(std::chrono::system_clock::time_point now) noexcept {
  // Hidden first, emptied then: a write in between belongs to the series that ends, and shows an empty new one at most.
  flags_.fetch_or(kHidden, kRelaxed);
  start_ = now;
  if (family_.kind() == Kind::kCounter || family_.kind() == Kind::kHistogram) bits_.exchange(0, kRelaxed);
  if (buckets_ == nullptr) return;
  for (std::size_t i = 0; i <= family_.bounds().size(); ++i) buckets_[i].exchange(0, kRelaxed);
}

bool Series::Visible() noexcept {
  if (!hidden()) return true;
  // A write that looked at the flag just before it was set.
  const bool written = family_.kind() == Kind::kCounter     ? Count() != 0
                       : family_.kind() == Kind::kHistogram ? HistogramCount() != 0
                                                            : false;
  if (written) Show();
  return written;
}

bool Series::WrittenSinceWatched() noexcept { return (flags_.fetch_or(kWatched, kRelaxed) & kWatched) == 0; }

void Series::WrittenWhileFlagged() noexcept {
  const std::uint8_t flags = flags_.load(kRelaxed);
  if ((flags & kOverflow) != 0) family_.CountFolded();
  if ((flags & (kHidden | kWatched)) != 0) Show();
}

}  // namespace guildscope::metrics
