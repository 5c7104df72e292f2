#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "guildscope/metrics/bucket.hpp"
#include "guildscope/metrics/cells.hpp"

namespace guildscope::metrics {

class Family;  // a metric and its series, owned by the registry
class Series;  // one series

/// What handles do when they record: the hot path, in the header to be inlined. A handle knows the last cell of its
/// series' run. Each function has one branch to leave it by: that the thread's array does not reach that cell, which is
/// so at the thread's first record in these series, for a handle without a series, and for the overflow series. To a
/// histogram it looks so inside a sampled span too, where an exemplar may be wanted.
namespace internal {

void Retain(Series* series) noexcept;
void Release(Series* series) noexcept;

/// Keeps a series while a handle points to it, so that one that was removed can be freed.
class Binding {
 public:
  Binding() noexcept = default;
  /// Takes over one reference.
  Binding(Series* series, std::uint32_t cell) noexcept : series_(series), cell_(cell) {}
  Binding(const Binding& other) noexcept : series_(other.series_), cell_(other.cell_) {
    if (series_ != nullptr) Retain(series_);
  }
  Binding(Binding&& other) noexcept
      : series_(std::exchange(other.series_, nullptr)), cell_(std::exchange(other.cell_, kNoCell)) {}
  Binding& operator=(Binding other) noexcept {
    std::swap(series_, other.series_);
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~Binding() {
    if (series_ != nullptr) Release(series_);
  }
  [[nodiscard]] Series* series() const noexcept { return series_; }
  [[nodiscard]] std::uint32_t cell() const noexcept { return cell_; }

 private:
  Series* series_ = nullptr;
  std::uint32_t cell_ = kNoCell;
};

void AddCountSlow(Series* series, std::uint64_t amount) noexcept;
void AddLevelSlow(Series* series, std::int64_t amount) noexcept;
void AddNumberSlow(Series* series, double amount) noexcept;
void SetGaugeSlow(Series* series, double value) noexcept;
void AddGaugeSlow(Series* series, double amount) noexcept;
void RecordSlow(Series* series, double value) noexcept;
void CountNegative(Series* series) noexcept;
void CountNotFinite(Series* series) noexcept;

[[nodiscard]] inline bool IsFinite(double value) noexcept {
  return std::abs(value) <= std::numeric_limits<double>::max();
}

inline void AddCount(Series* series, std::uint32_t cell, std::uint64_t amount) noexcept {
  // A negative number that was converted: adding it would wrap the counter round.
  if (amount > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) [[unlikely]] {
    return CountNegative(series);
  }
  if (cell >= this_thread.size) [[unlikely]]
    return AddCountSlow(series, amount);
  AddOwn(this_thread.cells[cell], amount);
}

inline void AddLevel(Series* series, std::uint32_t cell, std::int64_t amount) noexcept {
  if (cell >= this_thread.size) [[unlikely]]
    return AddLevelSlow(series, amount);
  AddOwn(this_thread.cells[cell], static_cast<std::uint64_t>(amount));
  CountOwn(this_thread.cells[cell - 1]);
}

inline void AddNumber(Series* series, std::uint32_t cell, double amount) noexcept {
  if (!IsFinite(amount)) [[unlikely]]
    return CountNotFinite(series);
  if (cell >= this_thread.size) [[unlikely]]
    return AddNumberSlow(series, amount);
  AddOwn(this_thread.cells[cell], amount);
  CountOwn(this_thread.cells[cell - 1]);
}

inline void AddPositiveNumber(Series* series, std::uint32_t cell, double amount) noexcept {
  if (amount < 0) [[unlikely]]
    return CountNegative(series);
  AddNumber(series, cell, amount);
}

inline void SetGauge(Series* series, std::uint32_t cell, double value) noexcept {
  if (cell == kNoCell) [[unlikely]]
    return SetGaugeSlow(series, value);
  shared_cells[cell].store(std::bit_cast<std::uint64_t>(value), std::memory_order_relaxed);
  shared_cells[cell - 1].store(1, std::memory_order_release);
}

inline void AddGauge(Series* series, std::uint32_t cell, double amount) noexcept {
  if (cell == kNoCell) [[unlikely]]
    return AddGaugeSlow(series, amount);
  AddShared(shared_cells[cell], amount);
  shared_cells[cell - 1].store(1, std::memory_order_release);
}

inline void RecordValue(Series* series, std::uint32_t cell, const BucketFinder* buckets, double value) noexcept {
  if (!IsFinite(value)) [[unlikely]]
    return CountNotFinite(series);
  if (cell >= this_thread.histogram_size) [[unlikely]]
    return RecordSlow(series, value);
  Cell* const sum = this_thread.cells + cell;
  AddOwn(*sum, value);
  CountOwn(*(sum - buckets->bounds() - 1 + buckets->Find(value)));
}

}  // namespace internal
}  // namespace guildscope::metrics
