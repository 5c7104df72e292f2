#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/blocks.hpp"
#include "guildscope/metrics/collection.hpp"

/// Where a histogram's exemplars are: a slot for each bucket, made when a series gets its first one.
namespace guildscope::metrics::internal {

/// Keeps one exemplar: the first since the last collection, so that most values in a span cost a look at a flag.
///
/// Threads: any. Whoever finds it busy goes away: an exemplar is a sample, and not worth waiting for.
class ExemplarSlot {
 public:
  /// Of a value that was counted before.
  void Offer(double value, const Clock& clock) noexcept;
  /// The exemplar, and from then on the next one is welcome. An absent one when there is none up to this time, which is
  /// when the collection began: what was recorded since is not counted yet.
  [[nodiscard]] Exemplar Take(std::chrono::system_clock::time_point until) noexcept;

 private:
  enum class State : std::uint32_t { kEmpty, kBusy, kFresh, kTold };
  [[nodiscard]] bool Lock(State from) noexcept;

  std::atomic<State> state_{State::kEmpty};
  Exemplar exemplar_;  // guarded by kBusy
};

/// The slots of a series that has so many buckets; 0 when memory is short. Threads: any; all get the same ones.
[[nodiscard]] BlockRef GetOrMakeSlots(std::atomic<BlockRef>& place, std::uint32_t buckets) noexcept;
void FreeSlots(BlockRef slots, std::uint32_t buckets) noexcept;

[[nodiscard]] inline ExemplarSlot* SlotsAt(BlockRef slots) noexcept { return static_cast<ExemplarSlot*>(At(slots)); }

}  // namespace guildscope::metrics::internal
