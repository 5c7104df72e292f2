#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace guildscope::exporting {

/// A bounded queue for many writers and many readers without a lock: an array of cells, each with a sequence number
/// that says whose turn it is (D. Vyukov's bounded MPMC queue). Never holds more than its capacity, never waits.
///
/// Cost: one atomic operation a push; what the readers write is only looked at when it matters. Threads: any.
template <typename T>
class BoundedQueue {
 public:
  /// `capacity` is at least 1. Sizes that a push returns are exact from `exact_from` on; a smaller one may be too
  /// large, by what was popped since the last time that it mattered.
  explicit BoundedQueue(std::size_t capacity, std::size_t exact_from = 1)
      : capacity_(capacity == 0 ? 1 : capacity),
        exact_from_(std::min(exact_from, capacity_)),
        mask_(std::bit_ceil(capacity_ < 2 ? std::size_t{2} : capacity_) - 1),
        cells_(std::make_unique<Cell[]>(mask_ + 1)) {
    for (std::size_t i = 0; i <= mask_; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);
  }

  /// The number of items after the push; 0 when the queue is full, or holds `limit` items or more, and `item` stays as
  /// it was.
  std::size_t TryPush(T& item, std::size_t limit = SIZE_MAX) noexcept {
    const std::size_t most = std::min(capacity_, limit);
    std::uint64_t at = pushed_.load(std::memory_order_relaxed);
    while (true) {
      std::uint64_t out = known_popped_.load(std::memory_order_relaxed);
      if (at + 1 - out >= exact_from_ || at - out >= most) {
        out = popped_.load(std::memory_order_acquire);
        known_popped_.store(out, std::memory_order_relaxed);
      }
      if (at >= out && at - out >= most) return 0;
      Cell& cell = cells_[at & mask_];
      const std::uint64_t turn = cell.turn.load(std::memory_order_acquire);
      if (turn == at) {
        // In one total order with pushed(): a writer that then reads a flag, and finds it not set, knows that whoever
        // sets the flag and asks for pushed() afterwards is told of its item, which may not be there yet.
        if (!pushed_.compare_exchange_weak(at, at + 1)) continue;
        cell.value = std::move(item);
        cell.turn.store(at + 1, std::memory_order_release);
        return static_cast<std::size_t>(at + 1 > out ? at + 1 - out : 1);
      }
      if (turn < at) return 0;  // the reader of the lap before has not finished taking this cell
      at = pushed_.load(std::memory_order_relaxed);
    }
  }

  bool TryPop(T& item) noexcept {
    std::uint64_t at = popped_.load(std::memory_order_relaxed);
    while (true) {
      Cell& cell = cells_[at & mask_];
      const std::uint64_t turn = cell.turn.load(std::memory_order_acquire);
      if (turn == at + 1) {
        if (!popped_.compare_exchange_weak(at, at + 1, std::memory_order_acq_rel)) continue;
        item = std::move(cell.value);
        cell.turn.store(at + mask_ + 1, std::memory_order_release);
        return true;
      }
      if (turn < at + 1) return false;
      at = popped_.load(std::memory_order_relaxed);
    }
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t size() const noexcept {
    const std::uint64_t out = popped();
    const std::uint64_t in = pushed();
    return in > out ? static_cast<std::size_t>(in - out) : 0;
  }

  /// How many were ever pushed and popped. The last of those pushed may be about to be put into their places.
  [[nodiscard]] std::uint64_t pushed() const noexcept { return pushed_.load(); }
  [[nodiscard]] std::uint64_t popped() const noexcept { return popped_.load(); }

 private:
  struct Cell {
    std::atomic<std::uint64_t> turn{0};
    T value{};
  };
  static constexpr std::size_t kCacheLine = 64;

  const std::size_t capacity_;
  const std::size_t exact_from_;
  const std::size_t mask_;
  const std::unique_ptr<Cell[]> cells_;
  alignas(kCacheLine) std::atomic<std::uint64_t> pushed_{0};
  std::atomic<std::uint64_t> known_popped_{0};  ///< Not more than popped_; of the writers, as the line that it is in.
  alignas(kCacheLine) std::atomic<std::uint64_t> popped_{0};
};

}  // namespace guildscope::exporting
