#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "guildscope/metrics/series.hpp"

namespace guildscope::metrics {

/// The series of a family in the order of their label values, kept from one collection to the next.
///
/// Threads: one at a time.
class SeriesOrder {
 public:
  /// What idleness is told by.
  struct Watch {
    std::uint64_t activity = 0;
    std::chrono::steady_clock::time_point since;  // since when the activity is that
  };

  explicit SeriesOrder(bool watches) noexcept : watches_series_(watches) {}

  /// Throws std::bad_alloc, and has then not changed. Cost: a binary search for each of the new ones.
  void Insert(std::vector<internal::BlockRef> added);
  /// Of series that are in it.
  void Erase(std::vector<const Series*> erased) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return refs_.size(); }
  [[nodiscard]] Series& operator[](std::size_t i) const noexcept {
    return *static_cast<Series*>(internal::At(refs_[i]));
  }
  /// Series that were made long after each other lie far apart.
  void PrefetchBehind(std::size_t i) const noexcept {
    if (i + kPrefetchDistance < refs_.size()) __builtin_prefetch(internal::At(refs_[i + kPrefetchDistance]));
  }
  [[nodiscard]] Watch& watch(std::size_t i) noexcept { return watches_[i]; }

 private:
  static constexpr std::size_t kPrefetchDistance = 8;

  const bool watches_series_;
  std::vector<internal::BlockRef> refs_;
  std::vector<Watch> watches_;  // by place, as refs_; empty unless watches_series_
};

}  // namespace guildscope::metrics
