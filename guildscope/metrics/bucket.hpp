#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace guildscope::metrics::internal {

/// Finds the bucket of a value. A search among the bounds mispredicts, and comparing with all of them costs as much as
/// the rest of recording. The first bits of a double, its exponent and a little more, leave at most one bound in
/// question: a table by these bits says which.
///
/// Threads: any; immutable. Not to be moved once a handle points to it.
class BucketFinder {
 public:
  /// Of rising, finite bounds.
  explicit BucketFinder(std::span<const double> bounds);
  BucketFinder(const BucketFinder&) = delete;
  BucketFinder& operator=(const BucketFinder&) = delete;

  /// The first bound that a finite value does not exceed; `bounds()` when it exceeds all.
  [[nodiscard]] std::uint32_t Find(double value) const noexcept {
    if (table_ == nullptr) [[unlikely]]
      return CountExceeded(value);
    std::int64_t key = Key(value, shift_) - first_key_;
    key = key < 0 ? 0 : key;  // negative values too: their keys are negative
    key = key > last_ ? last_ : key;
    const std::uint32_t bucket = table_[key];
    return bucket + (value > bounds_[bucket] ? 1 : 0);
  }
  [[nodiscard]] std::uint32_t bounds() const noexcept { return count_; }
  /// False: Find searches, as the bounds are too close to each other or too far apart, or there are negative ones.
  [[nodiscard]] bool has_table() const noexcept { return table_ != nullptr; }

 private:
  /// Rises with the value, where that is not negative.
  [[nodiscard]] static std::int64_t Key(double value, int shift) noexcept {
    return std::bit_cast<std::int64_t>(value) >> shift;
  }
  [[nodiscard]] std::uint32_t CountExceeded(double value) const noexcept;
  void MakeTable(std::span<const double> bounds);

  const std::uint16_t* table_ = nullptr;
  const double* bounds_;
  std::int64_t first_key_ = 0;
  std::int64_t last_ = 0;  // index in the table
  int shift_ = 0;
  std::uint32_t count_;

  std::vector<double> bounds_storage_;        // the bounds, then infinity
  std::vector<std::uint16_t> table_storage_;  // the bounds that the least value with this key exceeds
};

}  // namespace guildscope::metrics::internal
