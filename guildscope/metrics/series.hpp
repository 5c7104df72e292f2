#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/blocks.hpp"
#include "guildscope/metrics/cells.hpp"
#include "guildscope/metrics/collection.hpp"
#include "guildscope/metrics/exemplar.hpp"
#include "guildscope/metrics/packed_values.hpp"

/// The inside of a registry: what a handle points to.
namespace guildscope::metrics {

class Family;

/// What all series of a family have in common. It lives until the last of them is freed, which may be after the family.
struct SeriesOwner {
  Family* family;
  std::uint32_t cells;  ///< Of each series.
  bool ends_in_double;
  ExemplarFilter exemplars;             ///< Histograms: kAlwaysOff for all others.
  std::uint32_t exemplar_slots;         ///< Histograms: as many as explicit buckets.
  std::atomic<std::uint32_t> users{1};  ///< The family, and each series.

  [[nodiscard]] bool keeps_exemplars() const noexcept { return exemplars != ExemplarFilter::kAlwaysOff; }

  /// Throws std::bad_alloc. Freed by the last Release.
  [[nodiscard]] static internal::BlockRef Make(Family& family, std::uint32_t cells, bool ends_in_double,
                                               ExemplarFilter exemplars, std::uint32_t exemplar_slots);
  static void Release(internal::BlockRef owner) noexcept;
};

/// One series: its label values, and where its cells are. Small, as there may be a million: 24 bytes, and the values
/// behind them (and behind those, where exemplars are kept, four bytes for their place). Its family and each handle
/// hold a reference; the last one frees it.
///
/// The first cells of a series count (writes, or values by bucket), the last one is what it says (a level, a sum); a
/// counter of whole numbers has one cell that is both. What the counting cells add up to is the *activity*: by it one
/// sees that a series was written, while writing costs nothing more.
///
/// A *hidden* series was removed while handles were bound to it. Its next write shows it again, as a new series:
/// counters and histograms from zero, gauges and up-down counters from the level they are at (a job that was running
/// when its series was removed still ends, and must not leave -1 behind).
///
/// Threads: what the family's mutexes guard is marked.
class Series {
 public:
  /// With one reference. Throws std::bad_alloc.
  [[nodiscard]] static Series* Make(internal::BlockRef owner, std::string_view packed_values,
                                    std::chrono::system_clock::time_point start, bool overflow);
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;

  void Retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() noexcept;
  /// Instead of Release, when the family's reference is the last one.
  void Destroy(const internal::CellReader& reader) noexcept;
  /// Only the family refers to it. Under the family's mutex nobody can change that, as binding takes it.
  [[nodiscard]] bool Unbound() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

  [[nodiscard]] Family& family() const noexcept { return *owner().family; }
  [[nodiscard]] internal::CellRun run() const noexcept {
    return {.first = first_cell_, .size = owner().cells, .ends_in_double = owner().ends_in_double};
  }
  /// The run's last cell; kNoCell for the overflow series, whose writes are counted.
  [[nodiscard]] std::uint32_t bound_cell() const noexcept {
    return overflow() ? internal::kNoCell : first_cell_ + owner().cells - 1;
  }
  /// The same for a histogram: kNoCell too where every value may be an exemplar.
  [[nodiscard]] std::uint32_t histogram_cell() const noexcept {
    return owner().exemplars == ExemplarFilter::kAlwaysOn ? internal::kNoCell : bound_cell();
  }
  /// Of a value that was counted just now, in this explicit bucket. Cost: where one was kept since the last collection,
  /// two loads; else a clock's reading; at the series' first exemplar, an allocation.
  void OfferExemplar(std::uint32_t bucket, double value, const Clock& clock) noexcept;
  /// The exemplars of this series, as it has been since its start, by explicit bucket. False when there are none. With
  /// the right to collect; `until`: when that collection began.
  [[nodiscard]] bool TakeExemplars(std::span<Exemplar> exemplars,
                                   std::chrono::system_clock::time_point until) const noexcept;

  [[nodiscard]] std::string_view packed_values() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), values_size_};
  }
  [[nodiscard]] bool plain() const noexcept { return plain_; }
  [[nodiscard]] bool overflow() const noexcept { return overflow_; }

  /// Set and cleared under the family's mutex, and cleared by a collection.
  [[nodiscard]] bool hidden() const noexcept { return (state_.load(std::memory_order_relaxed) & kHidden) != 0; }
  void set_hidden(bool hidden) noexcept { SetState(kHidden, hidden); }
  /// In the family's list of hidden series, where one that was shown again may still be. With the right to collect.
  [[nodiscard]] bool listed() const noexcept { return (state_.load(std::memory_order_relaxed) & kListed) != 0; }
  void set_listed(bool listed) noexcept { SetState(kListed, listed); }
  /// Guarded by the family's mutex; changed only with the registry's right to collect.
  [[nodiscard]] std::chrono::system_clock::time_point start() const noexcept {
    return std::bit_cast<std::chrono::system_clock::time_point>(start_);
  }
  void set_start(std::chrono::system_clock::time_point start) noexcept { start_ = std::bit_cast<Time>(start); }

 private:
  static constexpr std::uint8_t kHidden = 1;
  static constexpr std::uint8_t kListed = 2;
  void SetState(std::uint8_t flag, bool on) noexcept {
    on ? state_.fetch_or(flag, std::memory_order_relaxed)
       : state_.fetch_and(static_cast<std::uint8_t>(~flag), std::memory_order_relaxed);
  }

  using Time = std::array<std::uint32_t, 2>;  // of the alignment that a block has

  Series(internal::BlockRef owner, std::uint32_t first_cell, std::string_view packed_values,
         std::chrono::system_clock::time_point start, bool overflow) noexcept;
  ~Series() = default;

  [[nodiscard]] static std::size_t BlockSize(const SeriesOwner& owner, std::size_t values_size) noexcept;
  /// Where the slots are; 0: none yet. Of a series that keeps exemplars.
  [[nodiscard]] std::atomic<internal::BlockRef>& slots() const noexcept;

  [[nodiscard]] SeriesOwner& owner() const noexcept { return *static_cast<SeriesOwner*>(internal::At(owner_)); }

  std::atomic<std::uint32_t> references_{1};
  const std::uint32_t first_cell_;
  const internal::BlockRef owner_;
  const std::uint16_t values_size_;
  const bool plain_ : 1;
  const bool overflow_ : 1;
  std::atomic<std::uint8_t> state_{0};
  Time start_;
  // The packed values follow, and, at a multiple of four, the reference to the exemplars.
};

static_assert(sizeof(Series) == 24 && alignof(Series) == internal::kBlockUnit);

}  // namespace guildscope::metrics
